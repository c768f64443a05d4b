using System.Net;
using Restante.Contracts;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

public sealed class EnrolmentTests
{
    [Fact]
    public async Task A_group_is_created_shown_changed_and_removed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage created = await head.SendAsync(
            "POST",
            "/v1/enrolments",
            """
            {"name":"trucks","kind":"key","idPrefix":"truck-","tags":{"fleet":"north"},"groups":["a"],"desired":{"interval":60},"maxDevices":5,
            "expiresAt":"2100-01-01T00:00:00Z"}
            """);
        EnrolmentView view = await TestHead.ReadAsync(created, RestanteJson.Default.EnrolmentView, HttpStatusCode.Created);
        Assert.Equal("/v1/enrolments/trucks", created.Headers.Location?.ToString());
        Assert.NotNull(view.Keys!.Primary);
        Assert.NotEqual(view.Keys.Primary, view.Keys.Secondary);
        EnrolmentView shown = await head.GetAsync("/v1/enrolments/trucks", RestanteJson.Default.EnrolmentView);
        Assert.Equal(
            ("key", "enabled", "truck-", 5L, 0L, 1L, null, null), (shown.Kind, shown.Status, shown.IdPrefix, shown.MaxDevices, shown.Enrolled, shown.Version, shown.Keys, shown.OpenClaims));
        Assert.Equal(("""{"fleet":"north"}""", """{"interval":60}"""), (shown.Tags.GetRawText(), shown.Desired?.GetRawText()));
        EnrolmentKeysView keys = await head.GetAsync("/v1/enrolments/trucks/keys", RestanteJson.Default.EnrolmentKeysView);
        Assert.Equal(view.Keys, keys.Keys);

        using HttpResponseMessage stale = await head.SendAsync("PATCH", "/v1/enrolments/trucks", """{"status":"disabled"}""", null, ("If-Match", "\"2\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);
        using HttpResponseMessage changed = await head.SendAsync(
            "PATCH", "/v1/enrolments/trucks", """{"status":"disabled","desired":{},"neverExpires":true,"idPrefix":""}""", null, ("If-Match", "\"1\""));
        shown = await TestHead.ReadAsync(changed, RestanteJson.Default.EnrolmentView, HttpStatusCode.OK);
        Assert.Equal(("disabled", "", 2L, null, null), (shown.Status, shown.IdPrefix, shown.Version, shown.Desired, shown.ExpiresAt));
        using HttpResponseMessage rotated = await head.SendAsync("POST", "/v1/enrolments/trucks/keys/secondary/rotate");
        keys = await TestHead.ReadAsync(rotated, RestanteJson.Default.EnrolmentKeysView, HttpStatusCode.OK);
        Assert.Equal(view.Keys.Primary, keys.Keys.Primary);
        Assert.NotEqual(view.Keys.Secondary, keys.Keys.Secondary);
        Assert.Single((await head.GetAsync("/v1/enrolments", RestanteJson.Default.EnrolmentPage)).Items);
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/enrolments/trucks");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage gone = await head.SendAsync("GET", "/v1/enrolments/trucks");
        await TestHead.RefusedAsync(gone, 404, "not-found");
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"name":"a"}""")]
    [InlineData("""{"kind":"key"}""")]
    [InlineData("""{"name":"a","kind":"password"}""")]
    [InlineData("""{"name":"a","kind":"claim","keys":{"primary":"a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s="}}""")]
    [InlineData("""{"name":"a","kind":"key","keys":{"primary":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""")]
    [InlineData("""{"name":"a","kind":"authority","authority":"nobody"}""")]
    [InlineData("""{"name":"a","kind":"authority","authority":"no name"}""")]
    [InlineData("""{"name":"a","kind":"key","desired":[1]}""")]
    [InlineData("""{"name":"a","kind":"key","tags":[1]}""")]
    [InlineData("""{"name":"a","kind":"key","groups":[null]}""")]
    [InlineData("""{"name":"a","kind":"key","maxDevices":0}""")]
    [InlineData("""{"name":"a","kind":"key","status":"on"}""")]
    [InlineData("""{"name":"a","kind":"key","expiresAt":"2001-01-01T00:00:00Z"}""")]
    public async Task What_is_no_group_is_refused(string json)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage created = await head.SendAsync("POST", "/v1/enrolments", json);
        await TestHead.RefusedAsync(created, 400, "malformed");
    }

    [Theory]
    [InlineData("POST", "/v1/enrolments", """{"name":"a","kind":"authority","authority":"nobody"}""", 400, "malformed")]
    [InlineData("GET", "/v1/authorities/nobody", null, 404, "not-found")]
    [InlineData("DELETE", "/v1/authorities/nobody", null, 404, "not-found")]
    public async Task An_authority_that_is_not_there_is_named(string method, string path, string? json, int status, string kind)
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage response = await head.SendAsync(method, path, json);
        ProblemView problem = await TestHead.RefusedAsync(response, status, kind);
        Assert.Contains("'nobody'", problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"expiresAt":"2100-01-01T00:00:00Z","neverExpires":true}""")]
    [InlineData("""{"kind":"claim"}""")]
    public async Task What_is_no_change_is_refused(string json)
    {
        await using TestHead head = await TestHead.StartAsync();
        await GroupAsync(head, EnrolmentKind.Key);
        using HttpResponseMessage changed = await head.SendAsync("PATCH", "/v1/enrolments/group", json);
        await TestHead.RefusedAsync(changed, 400, "malformed");
    }

    [Fact]
    public async Task Claims_are_made_listed_taken_back_and_used()
    {
        await using TestHead head = await TestHead.StartAsync();
        await GroupAsync(head, EnrolmentKind.Claim);
        using HttpResponseMessage made = await head.SendAsync("POST", "/v1/enrolments/group/claims", """{"count":3}""");
        ClaimPage claims = await TestHead.ReadAsync(made, RestanteJson.Default.ClaimPage, HttpStatusCode.Created);
        using HttpResponseMessage bound = await head.SendAsync("POST", "/v1/enrolments/group/claims", """{"device":"d-9"}""");
        Assert.Equal("d-9", Assert.Single((await TestHead.ReadAsync(bound, RestanteJson.Default.ClaimPage, HttpStatusCode.Created)).Items).Device);
        ClaimPage first = await head.GetAsync("/v1/enrolments/group/claims?max=2", RestanteJson.Default.ClaimPage);
        Assert.All(first.Items, c => Assert.Null(c.Token));
        ClaimPage rest = await head.GetAsync($"/v1/enrolments/group/claims?max=3&after={first.Next}", RestanteJson.Default.ClaimPage);
        Assert.Equal((2, null), (rest.Items.Count, rest.Next));
        using HttpResponseMessage removed = await head.SendAsync("DELETE", $"/v1/enrolments/group/claims/{claims.Items[2].Number}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        using HttpResponseMessage again = await head.SendAsync("DELETE", $"/v1/enrolments/group/claims/{claims.Items[2].Number}");
        await TestHead.RefusedAsync(again, 404, "not-found");
        Assert.Equal(3, (await head.GetAsync("/v1/enrolments/group", RestanteJson.Default.EnrolmentView)).OpenClaims);

        string key = SymmetricKey.Generate().Reveal();
        using HttpClient device = head.NewClient("d:1", $"claim:{claims.Items[0].Token}:{key}"), later = head.NewClient("d:1", key);
        using HttpClient thief = head.NewClient("d-2", $"claim:{claims.Items[0].Token}:{key}");
        foreach ((HttpClient client, HttpStatusCode expected) in new[]
        {
            (device, HttpStatusCode.OK),
            (device, HttpStatusCode.OK),
            (later, HttpStatusCode.OK),
            (thief, HttpStatusCode.Unauthorized),
        })
        {
            using HttpResponseMessage state = await head.SendAsync("GET", "/v1/state", null, client);
            Assert.Equal(expected, state.StatusCode);
        }
    }

    [Fact]
    public async Task The_ledger_is_shown_and_an_id_is_released()
    {
        await using TestHead head = await TestHead.StartAsync();
        EnrolmentGroup group = await GroupAsync(head, EnrolmentKind.Key);
        foreach (string id in new[] { "b", "a", "c" })
            await EnrolAsync(head, group, id, HttpStatusCode.OK);
        EnrolledPage first = await head.GetAsync("/v1/enrolled?max=2", RestanteJson.Default.EnrolledPage);
        Assert.Equal(["a", "b"], first.Items.Select(i => i.Id));
        EnrolledPage rest = await head.GetAsync($"/v1/enrolled?after={first.Next}&group=group", RestanteJson.Default.EnrolledPage);
        Assert.Equal(("c", "group", "key"), (rest.Items[0].Id, rest.Items[0].Group, rest.Items[0].Kind));
        Assert.Empty((await head.GetAsync("/v1/enrolled?group=other", RestanteJson.Default.EnrolledPage)).Items);
        using HttpResponseMessage live = await head.SendAsync("DELETE", "/v1/enrolled/a");
        await TestHead.RefusedAsync(live, 409, "conflict");
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/devices/a");
        await EnrolAsync(head, group, "a", HttpStatusCode.Unauthorized);
        using HttpResponseMessage released = await head.SendAsync("DELETE", "/v1/enrolled/a");
        Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        using HttpResponseMessage gone = await head.SendAsync("GET", "/v1/enrolled/a");
        await TestHead.RefusedAsync(gone, 404, "not-found");
        await EnrolAsync(head, group, "a", HttpStatusCode.OK);
        Assert.Equal("a", (await head.GetAsync("/v1/enrolled/a", RestanteJson.Default.EnrolledView)).Id);
    }

    private static async Task<EnrolmentGroup> GroupAsync(TestHead head, EnrolmentKind kind) =>
        (await head.Gateway.Enrolments.CreateAsync("group", new EnrolmentTerms { Kind = kind })).Value!;

    private static async Task EnrolAsync(TestHead head, EnrolmentGroup group, string id, HttpStatusCode expected)
    {
        using HttpClient device = head.NewClient(id, DerivedKey.Of(group.PrimaryKey!, DeviceId.Parse(id)).Reveal());
        using HttpResponseMessage state = await head.SendAsync("GET", "/v1/state", null, device);
        Assert.Equal(expected, state.StatusCode);
    }
}
