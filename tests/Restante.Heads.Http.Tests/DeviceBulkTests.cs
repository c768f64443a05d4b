using System.Net;
using System.Net.Http.Headers;
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
        Assert.Equal((0, 1, 4, 3), (result.Created, result.Changed, result.Unchanged, result.Failed));
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
    public async Task An_import_that_is_sent_again_changes_nothing()
    {
        await using TestHead head = await TestHead.StartAsync();
        const string Lines = """
            {"id":"a","tags":{"n":1,"m":[true]},"groups":["h","g"],"desired":{"x":null,"y":1}}
            {"id":"b","gateway":"a","credentials":{"primary":{"kind":"key"},"secondary":{"kind":"authority"}}}
            """;
        Assert.Equal((2, 0), Numbers(await ImportAsync(head, Lines)));
        DeviceRecord a = await FindAsync(head, "a"), b = await FindAsync(head, "b");
        using HttpResponseMessage state = await head.SendAsync("PATCH", "/v1/devices/a/state/desired", """{"y":2}""");
        Assert.Equal(HttpStatusCode.OK, state.StatusCode);
        foreach (string query in (string[])["", "?update"])
        {
            string otherwiseWritten = Lines.Replace("""{"n":1,"m":[true]}""", """{ "m":[true], "n":1 }""", StringComparison.Ordinal);
            DeviceImportView again = await ImportAsync(head, otherwiseWritten, query);
            Assert.Equal((0, 0, 2, 0), (again.Created, again.Changed, again.Unchanged, again.Failed));
        }

        Assert.Equal((a.Version, a.PrimaryKey, b.Version, b.Primary), (
            (await FindAsync(head, "a")).Version, (await FindAsync(head, "a")).PrimaryKey, (await FindAsync(head, "b")).Version,
            (await FindAsync(head, "b")).Primary));
        Assert.Equal("""{"y":2}""", (await head.GetAsync("/v1/devices/a/state", RestanteJson.Default.StateView)).Desired.Content.GetRawText());
    }

    [Fact]
    public async Task Devices_begin_with_a_desired_state_and_an_export_that_is_asked_for_it_has_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        await ImportAsync(
            head, string.Join('\n', """{"id":"a","desired":{"y":"ü","z":{}}}""", """{"id":"b"}""", """{"id":"c","desired":{}}"""));
        using HttpResponseMessage created = await head.SendAsync("POST", "/v1/devices", """{"id":"d","desired":{"one":1}}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        string lines = await head.Client.GetStringAsync("/v1/devices/export?desired&keys");
        Assert.Equal(2, lines.Split("\"desired\":").Length - 1);
        Assert.Contains("""
            "desired":{"y":"ü","z":{}}}
            """, lines, StringComparison.Ordinal);
        Assert.DoesNotContain("desired", await head.Client.GetStringAsync("/v1/devices/export?keys"), StringComparison.Ordinal);

        await using TestHead other = await TestHead.StartAsync();
        Assert.Equal((4, 0), Numbers(await ImportAsync(other, lines)));
        Assert.Equal(lines, await other.Client.GetStringAsync("/v1/devices/export?desired&keys"));
        Assert.Equal(
            lines[(lines.IndexOf('\n', StringComparison.Ordinal) + 1)..],
            await other.Client.GetStringAsync("/v1/devices/export?desired&keys&after=a"));
        foreach (string desired in (string[])["[]", "\"x\"", "1"])
        {
            DeviceImportView wrong = await ImportAsync(other, $$"""{"id":"new","desired":{{desired}}}""");
            Assert.Equal("malformed", Assert.Single(wrong.Failures).Kind);
            using HttpResponseMessage refused = await head.SendAsync("POST", "/v1/devices", $$"""{"id":"new","desired":{{desired}}}""");
            await TestHead.RefusedAsync(refused, 400, "malformed");
        }
    }

    [Fact]
    public async Task A_gateway_may_come_anywhere_in_an_import()
    {
        await using TestHead head = await TestHead.StartAsync();
        IEnumerable<string> middle = Enumerable.Range(0, 600).Select(static i => $$"""{"id":"m{{i}}","gateway":"gw1"}""");
        string lines = string.Join('\n', ["""{"id":"a","gateway":"gw3"}""", """{"id":"b","gateway":"nobody"}""", .. middle,
            """{"id":"gw1","gateway":"gw2"}""", """{"id":"gw2","gateway":"gw3"}""", """{"id":"gw3"}""", """{"id":"x","gateway":"x"}"""]);
        DeviceImportView done = await ImportAsync(head, lines);
        Assert.Equal((604, 2), Numbers(done));
        Assert.Equal([(2, "b", "nobody"), (606, "x", null)], done.Failures.Select(f => (f.Line, f.Id, f.MissingGateway)));
        Assert.Equal("gw1", (await FindAsync(head, "m599")).Gateway?.Value);
        Assert.Equal("gw3", (await FindAsync(head, "a")).Gateway?.Value);
    }

    [Fact]
    public async Task Tags_that_are_not_utf_8_are_malformed_and_fail_alone_in_an_import()
    {
        await using TestHead head = await TestHead.StartAsync();
        byte[] device = [.. """{"id":"a","tags":{"n":" """u8, 0xFF, .. "\"}}"u8];
        foreach ((string method, string path) in new[] { ("POST", "/v1/devices"), ("PATCH", "/v1/devices/b"), ("POST", "/v1/enrolments") })
        {
            await head.AddDeviceAsync(path[^1..] == "b" ? "b" : Guid.NewGuid().ToString("N"));
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(device) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpResponseMessage response = await head.Client.SendAsync(request);
            await TestHead.RefusedAsync(response, 400, "malformed");
        }

        using var import = new HttpRequestMessage(HttpMethod.Post, "/v1/devices/import")
        {
            Content = new ByteArrayContent([.. device, .. "\n{\"id\":\"c\"}\n"u8]),
        };
        import.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using HttpResponseMessage imported = await head.Client.SendAsync(import);
        DeviceImportView done = await TestHead.ReadAsync(imported, RestanteJson.Default.DeviceImportView, HttpStatusCode.OK);
        Assert.Equal((1, 1, "malformed"), (done.Created, done.Failed, Assert.Single(done.Failures).Kind));
    }

    [Fact]
    public async Task A_line_that_is_too_long_fails_alone()
    {
        var options = new HttpHeadOptions { MaxRegistryBodyBytes = 1_024 };
        await using TestHead head = await TestHead.StartAsync(options);
        int max = 1_024 + head.Gateway.Limits.MaxStateBytes;
        string fits = """{"id":"b"}""".PadRight(max), tooLong = """{"id":"c"}""".PadRight(max + 1), far = new('x', 3_000_000);
        DeviceImportView done = await ImportAsync(head, string.Join('\n', """{"id":"a"}""", tooLong, fits, far, "", """{"id":"d"}""", far));
        Assert.Equal((3, 3), Numbers(done));
        Assert.Equal([(2, "too-large"), (4, "too-large"), (7, "too-large")], done.Failures.Select(f => (f.Line, f.Kind)));
        using HttpResponseMessage json = await head.SendAsync("POST", "/v1/devices/import", "{}");
        await TestHead.RefusedAsync(json, 400, "malformed");
    }

    [Fact]
    public async Task A_thousand_failures_are_told_and_all_are_counted()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceImportView done = await ImportAsync(head, string.Concat(Enumerable.Repeat("{}\n", 1_100)));
        Assert.Equal((0, 1_100), Numbers(done));
        Assert.Equal(Enumerable.Range(1, 1_000), done.Failures.Select(f => f.Line));
    }

    [Fact]
    public async Task An_import_that_the_store_does_not_take_is_broken_off()
    {
        await using TestHead head = await TestHead.StartAsync();
        head.Store.Unavailable = true;
        string lines = string.Concat(Enumerable.Range(0, 2_000).Select(static i => $$"""{"id":"d{{i}}"}""" + "\n"));
        using HttpResponseMessage response = await SendAsync(head, lines, "");
        Assert.Contains("import", (await TestHead.RefusedAsync(response, 503, "unavailable")).Detail, StringComparison.Ordinal);
        head.Store.Unavailable = false;
        Assert.Equal((1, 0), Numbers(await ImportAsync(head, """{"id":"d0"}""")));
    }

    private static (int Created, int Failed) Numbers(DeviceImportView done) => (done.Created, done.Failed);

    private static async Task<DeviceRecord> FindAsync(TestHead head, string id) => (await head.Gateway.Devices.FindAsync(id)).Value!;

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
