using System.Net;
using System.Text;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

public sealed class DeviceBulkTests
{
    [Fact]
    public async Task Tags_groups_and_the_gateway_are_written_shown_and_queried()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("gw");
        using HttpResponseMessage created = await head.SendAsync(
            "POST", "/v1/devices", """{"id":"a","tags":{"city":"Oslo","n":2},"groups":["z","b","b"],"gateway":"gw"}""");
        DeviceView view = await TestHead.ReadAsync(created, RestanteJson.Default.DeviceView, HttpStatusCode.Created);
        Assert.Equal(("""{"city":"Oslo","n":2}""", "gw"), (view.Tags.GetRawText(), view.Gateway));
        Assert.Equal(["b", "z"], view.Groups);
        using HttpResponseMessage changed = await head.SendAsync(
            "PATCH", "/v1/devices/a", """{"tags":{"city":"Bergen"},"groups":[],"gateway":""}""");
        view = await TestHead.ReadAsync(changed, RestanteJson.Default.DeviceView, HttpStatusCode.OK);
        Assert.Equal(("""{"city":"Bergen"}""", 0, null, "enabled"), (view.Tags.GetRawText(), view.Groups.Count, view.Gateway, view.Status));

        DevicePage page = await head.GetAsync(
            "/v1/devices?query=" + Uri.EscapeDataString("tags.city = 'Bergen'"), RestanteJson.Default.DevicePage);
        Assert.Equal("a", Assert.Single(page.Items).Id);
        using HttpResponseMessage odd = await head.SendAsync("GET", "/v1/devices?query=" + Uri.EscapeDataString("tags.city == 1"));
        Assert.Contains("character 12", (await TestHead.RefusedAsync(odd, 400, "malformed")).Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"tags":[]}""")]
    [InlineData("""{"groups":["a b"]}""")]
    [InlineData("""{"groups":[null]}""")]
    [InlineData("""{"gateway":"nobody"}""")]
    [InlineData("""{"gateway":"d"}""")]
    [InlineData("""{"gateway":"a/b"}""")]
    [InlineData("{}")]
    public async Task A_change_that_breaks_a_rule_is_refused(string json)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync("PATCH", "/v1/devices/d", json);
        await TestHead.RefusedAsync(response, 400, "malformed");
        if (json == "{}")
            return;
        using HttpResponseMessage created = await head.SendAsync(
            "POST", "/v1/devices", json.Replace("{", """{"id":"new",""", StringComparison.Ordinal));
        if (!json.Contains("\"d\"", StringComparison.Ordinal))
            await TestHead.RefusedAsync(created, 400, "malformed");
    }

    [Fact]
    public async Task An_import_does_what_it_can_and_tells_the_lines_it_could_not()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("old");
        string lines = """
            {"id":"a","tags":{"n":1},"groups":["g"]}

            {"id":"old","tags":{"n":2}}
            {"id":"bad id"}
            {"id":"b","colour":"red"}
            not json
            {"id":"c","gateway":"a"}
            {"id":"e","gateway":"later"}
            {"id":"later"}
            """;
        DeviceImportView result = await ImportAsync(head, lines + "\r\n");
        Assert.Equal((4, 0, 4), (result.Created, result.Changed, result.Failed));
        Assert.Equal([(3, "old", "conflict"), (4, "bad id", "malformed"), (5, null, "malformed"), (6, null, "malformed")],
            result.Failures.Select(f => (f.Line, f.Id, f.Kind)));
        Assert.Contains("$.colour", result.Failures[2].Detail, StringComparison.Ordinal);

        result = await ImportAsync(head, lines, "?update");
        Assert.Equal((0, 5, 3), (result.Created, result.Changed, result.Failed));
        Assert.Equal("""{"n":2}""", (await head.GetAsync("/v1/devices/old", RestanteJson.Default.DeviceView)).Tags.GetRawText());
    }

    [Fact]
    public async Task An_export_is_what_an_import_takes()
    {
        await using TestHead head = await TestHead.StartAsync();
        await ImportAsync(head, """{"id":"b","groups":["g"]}""" + "\n" + """{"id":"a","tags":{"x":"ü"},"status":"disabled"}""");
        using HttpResponseMessage exported = await head.SendAsync("GET", "/v1/devices/export");
        Assert.Equal("application/x-ndjson", exported.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            """{"id":"a","status":"disabled","tags":{"x":"ü"},"groups":[]}""" + "\n"
            + """{"id":"b","status":"enabled","tags":{},"groups":["g"]}""" + "\n",
            await exported.Content.ReadAsStringAsync());
        using HttpResponseMessage some = await head.SendAsync(
            "GET", "/v1/devices/export?keys&query=" + Uri.EscapeDataString("groups has 'g'"));
        string withKeys = await some.Content.ReadAsStringAsync();
        Assert.Equal(1, withKeys.Count(c => c == '\n'));

        await using TestHead other = await TestHead.StartAsync();
        Assert.Equal(1, (await ImportAsync(other, withKeys)).Created);
        DeviceRecord was = (await head.Gateway.Devices.FindAsync("b")).Value!, now = (await other.Gateway.Devices.FindAsync("b")).Value!;
        Assert.Equal((was.PrimaryKey, was.SecondaryKey), (now.PrimaryKey, now.SecondaryKey));

        using HttpClient reader = await head.NewServiceAsync(Rights.RegistryRead);
        using HttpResponseMessage refused = await head.SendAsync("GET", "/v1/devices/export?keys", null, reader);
        await TestHead.RefusedAsync(refused, 403, "forbidden");
        using HttpResponseMessage odd = await head.SendAsync("GET", "/v1/devices/export?query=x");
        await TestHead.RefusedAsync(odd, 400, "malformed");
    }

    [Fact]
    public async Task More_devices_than_one_page_holds_are_imported_and_exported()
    {
        await using TestHead head = await TestHead.StartAsync();
        var lines = new StringBuilder();
        for (int i = 0; i < 2_000; i++)
            lines.Append("{\"id\":\"d").Append(i.ToString("D4", System.Globalization.CultureInfo.InvariantCulture)).Append("\"}\n");
        Assert.Equal(2_000, (await ImportAsync(head, lines.ToString())).Created);
        string[] exported = (await head.Client.GetStringAsync("/v1/devices/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2_000, exported.Length);
        Assert.Equal(exported.Order(StringComparer.Ordinal), exported);
    }

    [Fact]
    public async Task Imports_are_limited_in_lines_and_their_length()
    {
        await using TestHead head = await TestHead.StartAsync(new HttpHeadOptions { MaxImportLines = 2, MaxRegistryBodyBytes = 1_024 });
        string three = string.Concat(Enumerable.Range(0, 3).Select(static i => $$"""{"id":"d{{i}}"}""" + "\n"));
        foreach (string lines in (string[])[three, "{\"id\":\"" + new string('x', 2_000), new string(' ', 1_030) + "\n"])
        {
            using HttpResponseMessage response = await SendAsync(head, lines, "");
            await TestHead.RefusedAsync(response, 413, "too-large");
        }

        using HttpResponseMessage json = await head.SendAsync("POST", "/v1/devices/import", "{}");
        await TestHead.RefusedAsync(json, 400, "malformed");
    }

    private static async Task<DeviceImportView> ImportAsync(TestHead head, string lines, string query = "")
    {
        using HttpResponseMessage response = await SendAsync(head, lines, query);
        return await TestHead.ReadAsync(response, RestanteJson.Default.DeviceImportView, HttpStatusCode.OK);
    }

    private static async Task<HttpResponseMessage> SendAsync(TestHead head, string lines, string query)
    {
        using var content = new StringContent(lines, Encoding.UTF8, "application/x-ndjson");
        return await head.Client.PostAsync("/v1/devices/import" + query, content);
    }
}
