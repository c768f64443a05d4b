using System.Net;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Sessions;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class DeviceEndpointTests
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    [Fact]
    public async Task A_created_device_comes_with_its_keys_a_place_and_an_entity_tag()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync(
            "POST", "/v1/devices", $$$"""{"id":"truck:17@west","status":"disabled","keys":{"primary":"{{{Key}}}"}}""");
        DeviceView device = await TestHead.ReadAsync(response, RestanteJson.Default.DeviceView, HttpStatusCode.Created);

        Assert.Equal("truck:17@west", device.Id);
        Assert.Equal("disabled", device.Status);
        Assert.Equal(Key, device.Keys!.Primary);
        Assert.True(SymmetricKey.TryParse(device.Keys.Secondary, out _));
        Assert.Equal("/v1/devices/truck%3A17%40west", response.Headers.Location!.OriginalString);
        Assert.Equal("\"1\"", response.Headers.ETag!.Tag);
        Assert.True(response.Headers.CacheControl!.NoStore);

        using HttpResponseMessage found = await head.SendAsync("GET", response.Headers.Location.OriginalString);
        string text = await found.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        Assert.DoesNotContain("keys", text, StringComparison.Ordinal);
        Assert.Contains("\"createdAt\":\"2026-11-22T12:00:00.000Z\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Devices_are_listed_by_pages_without_keys()
    {
        await using TestHead head = await TestHead.StartAsync();
        for (int i = 0; i < 5; i++)
            await head.AddDeviceAsync("d" + i);

        DevicePage first = await head.GetAsync("/v1/devices?max=2", RestanteJson.Default.DevicePage);
        DevicePage second = await head.GetAsync($"/v1/devices?max=2&after={first.Next}", RestanteJson.Default.DevicePage);
        DevicePage third = await head.GetAsync($"/v1/devices?max=2&after={second.Next}", RestanteJson.Default.DevicePage);

        Assert.Equal(["d0", "d1", "d2", "d3", "d4"], first.Items.Concat(second.Items).Concat(third.Items).Select(d => d.Id));
        Assert.Null(third.Next);
        Assert.All(first.Items, d => Assert.Null(d.Keys));
    }

    [Fact]
    public async Task A_device_shows_its_connection_and_how_full_its_mailbox_is()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d");
        DeviceView before = await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView);
        Assert.False(before.Connected);
        Assert.Equal(0, before.Mailbox.Depth);

        head.Gateway.Connections.Add(head.Principal(device), new NoConnection(), new("test", 1, null));
        (await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"hello"}""")).Dispose();
        DeviceView after = await head.GetAsync("/v1/devices/d", RestanteJson.Default.DeviceView);
        Assert.True(after.Connected);
        Assert.Equal(1, after.Mailbox.Depth);
        Assert.True(after.Mailbox.Bytes >= 5);
    }

    [Fact]
    public async Task A_change_under_a_condition_that_holds_is_done_and_one_that_does_not_is_412()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");

        using HttpResponseMessage done = await head.SendAsync(
            "PATCH", "/v1/devices/d", """{"status":"disabled"}""", null, ("If-Match", "\"1\""));
        DeviceView changed = await TestHead.ReadAsync(done, RestanteJson.Default.DeviceView, HttpStatusCode.OK);
        Assert.Equal(("disabled", 2L), (changed.Status, changed.Version));
        Assert.Equal("\"2\"", done.Headers.ETag!.Tag);

        using HttpResponseMessage stale = await head.SendAsync(
            "PATCH", "/v1/devices/d", """{"status":"enabled"}""", null, ("If-Match", "\"1\""));
        await TestHead.RefusedAsync(stale, 412, "conflict");
        using HttpResponseMessage odd = await head.SendAsync("DELETE", "/v1/devices/d", null, null, ("If-Match", "\"x\""));
        await TestHead.RefusedAsync(odd, 412, "conflict");
        using HttpResponseMessage staleKey = await head.SendAsync(
            "POST", "/v1/devices/d/keys/primary/rotate", null, null, ("If-Match", "\"1\""));
        await TestHead.RefusedAsync(staleKey, 412, "conflict");
        using HttpResponseMessage any = await head.SendAsync("PATCH", "/v1/devices/d", """{"status":"enabled"}""", null, ("If-Match", "*"));
        Assert.Equal(HttpStatusCode.OK, any.StatusCode);
        using HttpResponseMessage several = await head.SendAsync("DELETE", "/v1/devices/d", null, null, ("If-Match", "\"1\", \"3\""));
        await TestHead.RefusedAsync(several, 400, "malformed");
    }

    [Fact]
    public async Task A_removed_device_is_gone()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/devices/d");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage again = await head.SendAsync("DELETE", "/v1/devices/d");
        await TestHead.RefusedAsync(again, 404, "not-found");
    }

    [Fact]
    public async Task Keys_are_shown_and_rotated_one_slot_at_a_time()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        DeviceKeysView before = await head.GetAsync("/v1/devices/d/keys", RestanteJson.Default.DeviceKeysView);

        using HttpResponseMessage rotated = await head.SendAsync("POST", "/v1/devices/d/keys/secondary/rotate");
        DeviceKeysView after = await TestHead.ReadAsync(rotated, RestanteJson.Default.DeviceKeysView, HttpStatusCode.OK);
        Assert.Equal(before.Keys.Primary, after.Keys.Primary);
        Assert.NotEqual(before.Keys.Secondary, after.Keys.Secondary);
        Assert.Equal(2, after.Version);

        using HttpResponseMessage chosen = await head.SendAsync("POST", "/v1/devices/d/keys/primary/rotate", $$"""{"key":"{{Key}}"}""");
        Assert.Equal(Key, (await TestHead.ReadAsync(chosen, RestanteJson.Default.DeviceKeysView, HttpStatusCode.OK)).Keys.Primary);

        using HttpResponseMessage bad = await head.SendAsync("POST", "/v1/devices/d/keys/primary/rotate", """{"key":"c2hvcnQtc2VjcmV0"}""");
        ProblemView problem = await TestHead.RefusedAsync(bad, 400, "malformed");
        Assert.DoesNotContain("c2hvcnQtc2VjcmV0", problem.Detail, StringComparison.Ordinal);
        using HttpResponseMessage third = await head.SendAsync("POST", "/v1/devices/d/keys/third/rotate");
        await TestHead.RefusedAsync(third, 404, "not-found");
    }

    [Theory]
    [InlineData("""{}""", "id")]
    [InlineData("""{"id":"a/b"}""", "a device id has")]
    [InlineData("""{"id":"d","status":"asleep"}""", "status")]
    [InlineData("""{"id":"d","keys":{"primary":"short"}}""", "keys.primary")]
    [InlineData("""{"id":"d","colour":"red"}""", "$.colour")]
    [InlineData("""{"id":17}""", "$.id")]
    [InlineData("{\"id\":\"d\",\n  \"status\" \"enabled\"}", "line 2")]
    [InlineData("""null""", "null")]
    [InlineData("", "line 1")]
    public async Task A_malformed_creation_is_told_where(string json, string where)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/devices", json);
        ProblemView problem = await TestHead.RefusedAsync(response, 400, "malformed");
        Assert.Contains(where, problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_device_of_the_same_id_is_a_conflict()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage response = await head.SendAsync("POST", "/v1/devices", """{"id":"d"}""");
        await TestHead.RefusedAsync(response, 409, "conflict");
    }

    [Theory]
    [InlineData("/v1/devices?max=0")]
    [InlineData("/v1/devices?max=1001")]
    [InlineData("/v1/devices?max=ten")]
    [InlineData("/v1/devices?max=1&max=2")]
    [InlineData("/v1/devices?max=")]
    [InlineData("/v1/devices?after=a%2Fb")]
    public async Task A_page_out_of_range_is_malformed(string path)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync("GET", path);
        await TestHead.RefusedAsync(response, 400, "malformed");
    }

    [Fact]
    public async Task Policies_are_created_with_keys_listed_without_and_removed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync(
            "POST", "/v1/policies", """{"name":"backend","rights":["send","telemetry-read"]}""");
        PolicyView created = await TestHead.ReadAsync(response, RestanteJson.Default.PolicyView, HttpStatusCode.Created);
        Assert.Equal(["send", "telemetry-read"], created.Rights);
        Assert.True(SymmetricKey.TryParse(created.Keys!.Primary, out _));

        PolicyPage page = await head.GetAsync("/v1/policies", RestanteJson.Default.PolicyPage);
        Assert.Equal(["admin", "backend"], page.Items.Select(p => p.Name));
        Assert.All(page.Items, p => Assert.Null(p.Keys));
        Assert.Null((await head.GetAsync("/v1/policies/backend", RestanteJson.Default.PolicyView)).Keys);

        using HttpResponseMessage twice = await head.SendAsync("POST", "/v1/policies", """{"name":"backend","rights":["send"]}""");
        await TestHead.RefusedAsync(twice, 409, "conflict");
        using HttpResponseMessage odd = await head.SendAsync("POST", "/v1/policies", """{"name":"other","rights":["fly"]}""");
        Assert.Contains("registry-read", (await TestHead.RefusedAsync(odd, 400, "malformed")).Detail, StringComparison.Ordinal);
        using HttpResponseMessage none = await head.SendAsync("POST", "/v1/policies", """{"name":"other","rights":[null]}""");
        await TestHead.RefusedAsync(none, 400, "malformed");

        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/policies/backend");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage gone = await head.SendAsync("GET", "/v1/policies/backend");
        await TestHead.RefusedAsync(gone, 404, "not-found");
        using HttpResponseMessage admin = await head.SendAsync("DELETE", "/v1/policies/admin");
        await TestHead.RefusedAsync(admin, 403, "forbidden");
    }

    private sealed class NoConnection : ILiveConnection
    {
        public void End(EndReason reason, string description)
        {
        }
    }
}
