using System.Text;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Registry;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

/// <summary>An export whose caller loses its access in the middle breaks off, and does not look like a whole one.</summary>
public sealed class ExportEndTests
{
    private const string Path = "/v1/devices/export";
    private const int Devices = 3 * DeviceRegistry.MaxPage;

    [Theory]
    [InlineData("none")]
    [InlineData("removed")]
    [InlineData("other credential")]
    [InlineData("other scope")]
    [InlineData("token over")]
    public async Task An_export_breaks_off_when_its_caller_loses_its_access(string loss)
    {
        await using TestHead head = await TestHead.StartAsync();
        await FillAsync(head);
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync("exporter", Rights.RegistryRead)).Value!;
        using HttpClient client = head.NewClient("policy/exporter", policy.PrimaryKey.Reveal());
        if (loss == "token over")
        {
            client.DefaultRequestHeaders.Authorization = null;
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", AccessToken.ForPolicy(
                "h", "exporter", Convert.FromBase64String(policy.PrimaryKey.Reveal()), head.Time.GetUtcNow().AddSeconds(60)));
        }

        // The first page fills what lies between the two, so the second is not fetched before somebody reads.
        using HttpResponseMessage response = await head.SendAsync("GET", Path, null, client);
        response.EnsureSuccessStatusCode();
        switch (loss)
        {
            case "removed":
                Assert.True((await head.Gateway.Policies.RemoveAsync("exporter")).IsSuccess);
                break;
            case "other credential":
                Assert.True((await head.Gateway.Policies.SetCredentialAsync("exporter", CredentialSlot.Primary, SymmetricKey.Generate())).IsSuccess);
                break;
            case "other scope":
                Assert.True((await head.Gateway.Policies.SetScopeAsync("exporter", PolicyScope.Create("id = 'none'").Value!)).IsSuccess);
                break;
            case "token over":
                head.Time.Advance(TimeSpan.FromSeconds(61));
                break;
        }

        (int lines, bool isWhole) = await ReadAsync(response);
        Assert.Equal(loss == "none", isWhole);

        // What lies between the two when it breaks off may be lost; nothing of the second page was sent.
        Assert.InRange(lines, isWhole ? Devices : 1, isWhole ? Devices : DeviceRegistry.MaxPage);
    }

    private static async Task FillAsync(TestHead head)
    {
        var lines = new StringBuilder();
        for (int i = 0; i < Devices; i++)
            lines.Append(System.Globalization.CultureInfo.InvariantCulture, $"{{\"id\":\"device-with-a-long-name-{i:d5}\"}}\n");
        using var body = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage response = await head.Client.PostAsync("/v1/devices/import", body);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<(int Lines, bool IsWhole)> ReadAsync(HttpResponseMessage response)
    {
        int lines = 0;
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is string line)
                lines += line.EndsWith('}') ? 1 : 0;
            return (lines, true);
        }
        catch (IOException)
        {
            return (lines, false);
        }
    }
}
