using System.Text;
using System.Text.Json;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.Http2Bytes;

namespace Restante.System.Tests.Abuse;

/// <summary>Somebody with credentials asks for the largest pages there are, hundreds at once, and takes none of them.</summary>
public sealed class PageFloodTests(HttpAbuseFixture fixture) : IClassFixture<HttpAbuseFixture>
{
    private const int Devices = 600;

    [Fact]
    public async Task Pages_that_are_not_taken()
    {
        string tags = new('x', 8_000);
        IEnumerable<string> lines = Enumerable.Range(0, Devices).Select(i => JsonSerializer.Serialize(new { id = $"wide-{i}", tags = new { tags } }));
        using var body = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage imported = await fixture.Gateway.Http.PostAsync("/v1/devices/import", body);
        Assert.True(imported.IsSuccessStatusCode, await imported.Content.ReadAsStringAsync());
        using HttpResponseMessage created = await fixture.Gateway.Http.PostAsync(
            "/v1/policies", GatewayProcess.Json("""{"name":"reader","rights":["registry-read"]}"""));
        using JsonDocument policy = JsonDocument.Parse(await created.Content.ReadAsStringAsync());
        string authorization = Basic("policy/reader", policy.RootElement.GetProperty("keys").GetProperty("primary").GetString()!);
        byte[] request = Request("GET", "/v1/devices?max=1000", authorization);

        // Those that have their turn, and as many that come after them.
        await fixture.WorkDuringAsync(() => new ClosedWindows(fixture.Gateway, request).AskAsync(connections: 4, givenUp: 32));
    }
}
