using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

/// <summary>
/// Policies with scopes: every endpoint of services is asked about a device outside the scope, and about one that does not exist, and
/// answers the same.
/// </summary>
public sealed class ScopeTests
{
    private const Rights Everything = Rights.RegistryRead | Rights.RegistryWrite | Rights.Send | Rights.TelemetryRead
        | Rights.InquiryAnswer | Rights.MetricsRead;

    private const string Inside = "bus-oslo";
    private const string Outside = "bus-away";
    private const string Missing = "bus-none";

    // What names something of a device: {0} is the device, the command, the notification, the job, the inquiry or its lease.
    private static readonly (string Name, string Method, string Path, string? Body, Thing Of)[] s_single =
    [
        ("getDevice", "GET", "/v1/devices/{0}", null, Thing.Device),
        ("changeDevice", "PATCH", "/v1/devices/{0}", """{"status":"enabled"}""", Thing.Device),
        ("getDeviceKeys", "GET", "/v1/devices/{0}/keys", null, Thing.Device),
        ("rotateDeviceKey", "POST", "/v1/devices/{0}/keys/primary/rotate", null, Thing.Device),
        ("getDeviceCredentials", "GET", "/v1/devices/{0}/credentials", null, Thing.Device),
        ("setDeviceCredential", "PUT", "/v1/devices/{0}/credentials/primary", """{"kind":"key"}""", Thing.Device),
        ("removeDeviceCredential", "DELETE", "/v1/devices/{0}/credentials/secondary", null, Thing.Device),
        ("browseMailbox", "GET", "/v1/devices/{0}/mailbox", null, Thing.Device),
        ("listDeadLetters", "GET", "/v1/devices/{0}/dead-letters", null, Thing.Device),
        ("deleteDeadLetters", "DELETE", "/v1/devices/{0}/dead-letters", null, Thing.Device),
        ("sendCommand", "POST", "/v1/devices/{0}/commands", """{"body":"x","messageId":"m"}""", Thing.Device),
        ("readHistory", "GET", "/v1/devices/{0}/history", null, Thing.Device),
        ("getState", "GET", "/v1/devices/{0}/state", null, Thing.Device),
        ("putDesiredState", "PUT", "/v1/devices/{0}/state/desired", "{}", Thing.Device),
        ("patchDesiredState", "PATCH", "/v1/devices/{0}/state/desired", "{}", Thing.Device),
        ("getCommand", "GET", "/v1/commands/{0}", null, Thing.Command),
        ("readCommandReports", "GET", "/v1/commands/{0}/reports", null, Thing.Command),
        ("explainMessage", "GET", "/v1/messages/{0}", null, Thing.Command),
        ("cancelCommand", "DELETE", "/v1/commands/{0}", null, Thing.Command),
        ("getNotification", "GET", "/v1/notifications/{0}", null, Thing.Notification),
        ("listNotificationDevices", "GET", "/v1/notifications/{0}/devices", null, Thing.Notification),
        ("explainMessage", "GET", "/v1/messages/{0}", null, Thing.Notification),
        ("recallNotification", "DELETE", "/v1/notifications/{0}", null, Thing.Notification),
        ("getJob", "GET", "/v1/jobs/{0}", null, Thing.Job),
        ("listJobRefusals", "GET", "/v1/jobs/{0}/refusals", null, Thing.Job),
        ("cancelJob", "DELETE", "/v1/jobs/{0}", null, Thing.Job),
        ("acceptInquiry", "POST", "/v1/inquiries/{0}-1/accept", null, Thing.Inquiry),
        ("renewInquiry", "POST", "/v1/inquiries/{0}-1/renew", null, Thing.Inquiry),
        ("answerInquiry", "POST", "/v1/inquiries/{0}/answers", """{"body":"x"}""", Thing.Inquiry),
        ("rejectInquiry", "POST", "/v1/inquiries/{0}-1/reject", null, Thing.Inquiry),
        ("purgeMailbox", "DELETE", "/v1/devices/{0}/mailbox", null, Thing.Device),
        ("removeDevice", "DELETE", "/v1/devices/{0}", null, Thing.Device),
    ];

    // What reads many devices, or none; the answer must not name the one outside.
    private static readonly (string Name, string Method, string Path, string? Body)[] s_many =
    [
        ("listDevices", "GET", "/v1/devices", null),
        ("listDevices", "GET", "/v1/devices?query=tags.city%20is%20not%20null%20or%20id%20=%20'bus-away'", null),
        ("exportDevices", "GET", "/v1/devices/export", null),
        ("readOutcomes", "GET", "/v1/outcomes", null),
        ("readReports", "GET", "/v1/reports", null),
        ("listNotifications", "GET", "/v1/notifications", null),
        ("listJobs", "GET", "/v1/jobs", null),
        ("takeInquiries", "GET", "/v1/inquiries/weather", null),
        ("readEndedInquiries", "GET", "/v1/inquiries/weather/ended", null),
        ("readTelemetry", "GET", "/v1/telemetry", null),
        ("readTelemetry", "GET", "/v1/telemetry?group=own&reader=r", null),
        ("readEvents", "GET", "/v1/events", null),
        ("listPartitions", "GET", "/v1/telemetry/partitions", null),
        ("listConsumerGroups", "GET", "/v1/telemetry/groups", null),
        ("getConsumerGroup", "GET", "/v1/telemetry/groups/own", null),
    ];

    // What a scope leaves nothing of, or is shown by a test of its own below.
    private static readonly string[] s_elsewhere =
    [
        "createDevice", "importDevices", "notify", "createJob", "streamInquiries", "releaseInquiry", "resendDeadLetter", "deleteDeadLetter",
        "removeConsumerGroup", "checkpoint",
    ];

    private enum Thing
    {
        Device,
        Command,
        Notification,
        Job,
        Inquiry,
    }

    [Fact]
    public async Task A_device_outside_is_answered_like_none_at_every_endpoint()
    {
        await using TestHead head = await TestHead.StartAsync();
        World world = await World.CreateAsync(head);
        foreach ((string name, string method, string path, string? body, Thing of) in s_single)
        {
            (string inside, string outside, string missing) = world.NamesOf(of);
            (HttpStatusCode Status, string Text) there = await AskAsync(method, path, body, outside);
            (HttpStatusCode Status, string Text) nowhere = await AskAsync(method, path, body, missing);
            Assert.True(
                there.Status == nowhere.Status && Unnamed(there.Text, outside) == Unnamed(nowhere.Text, missing),
                $"{name} {of}: {there} is not {nowhere}");
            Assert.True((int)there.Status is 404 or 410, $"{name}: {there}");

            // The same is open inside, so that it is the scope that was refused.
            (HttpStatusCode Status, string Text) own = await AskAsync(method, path, body, inside);
            Assert.True((int)own.Status is >= 200 and < 300 or 409, $"{name}: {own}");
        }

        static string Unnamed(string text, string name) => System.Text.RegularExpressions.Regex.Replace(text, $@"\b{name}\b", "@");

        async Task<(HttpStatusCode, string)> AskAsync(string method, string path, string? body, string of)
        {
            string at = string.Format(System.Globalization.CultureInfo.InvariantCulture, path, of);
            using HttpResponseMessage response = await head.SendAsync(method, at, body, world.Scoped);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Who_reaches_outside_is_noted_and_who_asks_for_nothing_is_not()
    {
        await using TestHead head = await TestHead.StartAsync();
        World world = await World.CreateAsync(head);
        await TestHead.RefusedAsync(await head.SendAsync("GET", $"/v1/devices/{Missing}", null, world.Scoped), 404, "not-found");
        await TestHead.RefusedAsync(await head.SendAsync("GET", $"/v1/devices/{Outside}", null, world.Scoped), 404, "not-found");
        AuditPage page = await head.GetAsync("/v1/audit", RestanteJson.Default.AuditPage);
        AuditEntryView entry = Assert.Single(page.Items, e => e.Act == "outsideScope");
        Assert.Equal(
            ("not-found", "service", "oslo", "primary", $"devices/{Outside}"), (entry.Result, entry.By, entry.Name, entry.Slot, entry.Target));
        Assert.Equal("https", entry.Protocol);
        Assert.DoesNotContain(page.Items, e => e.Target?.Contains(Missing, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task What_reads_many_names_no_device_outside()
    {
        await using TestHead head = await TestHead.StartAsync();
        World world = await World.CreateAsync(head);
        foreach ((string name, string method, string path, string? body) in s_many)
        {
            using HttpResponseMessage scoped = await head.SendAsync(method, path, body, world.Scoped);
            string text = await scoped.Content.ReadAsStringAsync();
            Assert.True(scoped.IsSuccessStatusCode, $"{name}: {text}");
            Assert.DoesNotContain(Outside, text, StringComparison.Ordinal);
        }

        foreach (string path in (string[])["/v1/devices", "/v1/outcomes", "/v1/reports", "/v1/telemetry", "/v1/events", "/v1/inquiries/weather/ended"])
        {
            using HttpResponseMessage all = await head.SendAsync("GET", path);
            Assert.Contains(Outside, await all.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using HttpResponseMessage scoped = await head.SendAsync("GET", path, null, world.Scoped);
            Assert.Contains(Inside, await scoped.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_endpoint_is_left_out_and_what_administers_is_closed()
    {
        await using TestHead head = await TestHead.StartAsync();
        World world = await World.CreateAsync(head);
        EndpointCard[] cards = [.. head.App.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(e => e.Metadata.GetMetadata<EndpointCard>()).OfType<EndpointCard>().Where(c => c.Right is not null)];
        HashSet<string> shown = [.. s_single.Select(s => s.Name), .. s_many.Select(m => m.Name), .. s_elsewhere];
        foreach (EndpointCard card in cards.Where(c => !shown.Contains(c.Name)))
        {
            string path = System.Text.RegularExpressions.Regex.Replace(card.Pattern, "{[^}]*}", "x");
            using HttpResponseMessage response = await head.SendAsync(card.Method, path, card.Body is null ? null : "{}", world.Scoped);
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{card.Name} is in none of the tables and open: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task A_device_is_neither_created_outside_nor_put_there()
    {
        await using TestHead head = await TestHead.StartAsync();
        World world = await World.CreateAsync(head);
        foreach (string body in (string[])[
            """{"id":"bus-new"}""", """{"id":"bus-away"}""", """{"id":"bus-new","tags":{"city":"Bergen"}}"""])
        {
            await TestHead.RefusedAsync(await head.SendAsync("POST", "/v1/devices", body, world.Scoped), 403, "forbidden");
        }

        using HttpResponseMessage created = await head.SendAsync("POST", "/v1/devices", """{"id":"bus-new","tags":{"city":"Oslo"}}""", world.Scoped);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        foreach (string gateway in (string[])[Outside, Missing])
        {
            ProblemView refused = await TestHead.RefusedAsync(
                await head.SendAsync("PATCH", "/v1/devices/bus-new", $$"""{"gateway":"{{gateway}}"}""", world.Scoped), 400, "malformed");
            Assert.Equal($"There is no device '{gateway}' to be the gateway.", refused.Detail);
        }

        await TestHead.RefusedAsync(
            await head.SendAsync("PATCH", "/v1/devices/bus-new", """{"tags":{"city":"Bergen"}}""", world.Scoped), 403, "forbidden");
        using HttpResponseMessage kept = await head.SendAsync("PATCH", "/v1/devices/bus-new", """{"tags":{"city":"Oslo","line":1}}""", world.Scoped);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);

        using var import = new HttpRequestMessage(HttpMethod.Post, "/v1/devices/import?update")
        {
            Content = new StringContent(
                """
                {"id":"bus-away","tags":{"city":"Oslo"}}
                {"id":"bus-new","status":"disabled"}
                {"id":"bus-other"}
                """,
                Encoding.UTF8,
                "application/x-ndjson"),
        };
        DeviceImportView lines = await TestHead.ReadAsync(
            await world.Scoped.SendAsync(import), RestanteJson.Default.DeviceImportView, HttpStatusCode.OK);
        Assert.Equal((0, 1, 2), (lines.Created, lines.Changed, lines.Failed));
        Assert.Equal(DeviceStatus.Enabled, (await head.Gateway.Devices.FindAsync(Outside)).Value!.Status);
        Assert.Equal("""{"city":"Bergen"}""", (await head.Gateway.Devices.FindAsync(Outside)).Value!.Tags);
    }

    [Fact]
    public async Task A_device_comes_into_no_group_of_anothers_scope()
    {
        await using TestHead head = await TestHead.StartAsync();
        HttpClient a = await ScopedAsync(head, "a", PolicyScope.Create("groups has 'ta'").Value!);
        await ScopedAsync(head, "b", PolicyScope.Create("groups has 'tb'").Value!);
        ProblemView refused = await TestHead.RefusedAsync(
            await head.SendAsync("POST", "/v1/devices", """{"id":"d","groups":["ta","tb"]}""", a), 403, "forbidden");
        Assert.Equal(
            "The group 'tb' is part of another policy's scope: a policy without a scope puts devices into it.", refused.Detail);
        using HttpResponseMessage made = await head.SendAsync("POST", "/v1/devices", """{"id":"d","groups":["ta"]}""", a);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await TestHead.RefusedAsync(await head.SendAsync("PATCH", "/v1/devices/d", """{"groups":["ta","tb"]}""", a), 403, "forbidden");
    }

    [Fact]
    public async Task Notifications_and_jobs_are_for_the_scope_and_their_audience()
    {
        await using TestHead head = await TestHead.StartAsync();
        World world = await World.CreateAsync(head);
        using HttpResponseMessage sent = await head.SendAsync(
            "POST", "/v1/notifications", """{"audience":"id like 'bus-%'","body":"x"}""", world.Scoped);
        NotificationReceipt receipt = await TestHead.ReadAsync(sent, RestanteJson.Default.NotificationReceipt, HttpStatusCode.Created);
        using HttpResponseMessage shown = await head.SendAsync("GET", $"/v1/notifications/{receipt.Id}", null, world.Scoped);
        NotificationView view = await TestHead.ReadAsync(shown, RestanteJson.Default.NotificationView, HttpStatusCode.OK);
        Assert.Equal(1, view.Matching);
        using HttpResponseMessage made = await head.SendAsync("POST", "/v1/jobs", """{"audience":"id like 'bus-%'","body":"x"}""", world.Scoped);
        JobView job = await TestHead.ReadAsync(made, RestanteJson.Default.JobView, HttpStatusCode.Created);
        Assert.Equal(1, job.Expected);
        string wide = new('a', 2_030);
        ProblemView refused = await TestHead.RefusedAsync(
            await head.SendAsync("POST", "/v1/jobs", $$"""{"audience":"id = '{{wide}}'","body":"x"}""", world.Scoped), 400, "malformed");
        Assert.Contains("scope", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Subjects_groups_and_channels_are_those_of_the_scope()
    {
        await using TestHead head = await TestHead.StartAsync();
        await World.CreateAsync(head);
        HttpClient narrow = await ScopedAsync(head, "narrow", PolicyScope.Create(null, ["weather"], ["own"], ["position"]).Value!);
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/inquiries/traffic", null, narrow), 403, "forbidden");
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/inquiries/traffic/stream", null, narrow), 403, "forbidden");
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/inquiries/traffic/ended", null, narrow), 403, "forbidden");
        (await head.SendAsync("GET", "/v1/inquiries/weather/ended", null, narrow)).EnsureSuccessStatusCode().Dispose();
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/telemetry?group=other&reader=r", null, narrow), 403, "forbidden");
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/telemetry/groups/other", null, narrow), 404, "not-found");
        await TestHead.RefusedAsync(await head.SendAsync("DELETE", "/v1/telemetry/groups/other", null, narrow), 404, "not-found");
        await TestHead.RefusedAsync(
            await head.SendAsync("POST", "/v1/telemetry/groups/other/checkpoints", """{"reader":"r","partitions":[{"partition":0,"sequenceNumber":1}]}""", narrow),
            410,
            "expired");
        DeviceRecord bus = (await head.Gateway.Devices.FindAsync(Inside)).Value!;
        await head.PublishAsync(bus, "here", "position");
        using HttpResponseMessage read = await head.SendAsync("GET", "/v1/telemetry", null, narrow);
        StreamPage page = await TestHead.ReadAsync(read, RestanteJson.Default.StreamPage, HttpStatusCode.OK);
        Assert.All(page.Items, i => Assert.Equal("position", i.Channel));
        Assert.Single(page.Items);
        using HttpResponseMessage group = await head.SendAsync("GET", "/v1/telemetry?group=own&reader=r", null, narrow);
        StreamPage own = await TestHead.ReadAsync(group, RestanteJson.Default.StreamPage, HttpStatusCode.OK);
        Assert.Equal("position", Assert.Single(own.Items).Channel);
        HttpClient unnamed = await ScopedAsync(head, "unnamed", PolicyScope.Create("id = 'bus-oslo'").Value!);
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/telemetry?group=own&reader=r", null, unnamed), 403, "forbidden");
    }

    [Fact]
    public async Task A_scope_is_given_shown_changed_and_taken_away_and_ends_what_waits()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage made = await head.SendAsync(
            "POST", "/v1/policies", """{"name":"oslo","rights":["telemetry-read"],"scope":{"audience":"tags.city = 'Oslo'","channels":["b","a",""]}}""");
        PolicyView policy = await TestHead.ReadAsync(made, RestanteJson.Default.PolicyView, HttpStatusCode.Created);
        Assert.Equal(("tags.city = 'Oslo'", null), (policy.Scope!.Audience, policy.Scope.Subjects));
        Assert.Equal(["", "a", "b"], policy.Scope.Channels);
        HttpClient oslo = head.NewClient("policy/oslo", policy.Keys!.Primary!);
        Task<HttpResponseMessage> waiting = head.SendAsync("GET", "/v1/events?wait=60&from=latest", null, oslo);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        using HttpResponseMessage put = await head.SendAsync("PUT", "/v1/policies/oslo/scope", """{"subjects":[]}""");
        PolicyView changed = await TestHead.ReadAsync(put, RestanteJson.Default.PolicyView, HttpStatusCode.OK);
        Assert.Empty(changed.Scope!.Subjects!);
        ProblemView ended = await TestHead.RefusedAsync(await waiting, 503, "unavailable");
        Assert.Contains("scope", ended.Detail, StringComparison.Ordinal);
        using HttpResponseMessage taken = await head.SendAsync("DELETE", "/v1/policies/oslo/scope");
        Assert.Null((await TestHead.ReadAsync(taken, RestanteJson.Default.PolicyView, HttpStatusCode.OK)).Scope);
        foreach (string body in (string[])["{}", """{"audience":"tags."}""", """{"subjects":["a b"]}""", """{"groups":[null]}"""])
            await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/oslo/scope", body), 400, "malformed");
        await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/admin/scope", """{"subjects":[]}"""), 400, "malformed");
        await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/nobody/scope", """{"subjects":[]}"""), 404, "not-found");
        await TestHead.RefusedAsync(
            await head.SendAsync("POST", "/v1/policies", """{"name":"boss","rights":["admin"],"scope":{"subjects":[]}}"""), 400, "malformed");
    }

    [Fact]
    public async Task Rights_are_changed_and_who_loses_one_is_told()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage made = await head.SendAsync("POST", "/v1/policies", """{"name":"p","rights":["telemetry-read"]}""");
        PolicyView policy = await TestHead.ReadAsync(made, RestanteJson.Default.PolicyView, HttpStatusCode.Created);
        HttpClient client = head.NewClient("policy/p", policy.Keys!.Primary!);
        Task<HttpResponseMessage> waiting = head.SendAsync("GET", "/v1/events?wait=60&from=latest", null, client);
        await head.Time.WhenWaitingAsync(TimeSpan.FromSeconds(60));
        using EventReader events = await EventReader.OpenAsync(head, "/v1/events", null, client);
        using HttpResponseMessage more = await head.SendAsync("PUT", "/v1/policies/p/rights", """{"rights":["telemetry-read","send"]}""");
        PolicyView wide = await TestHead.ReadAsync(more, RestanteJson.Default.PolicyView, HttpStatusCode.OK);
        Assert.Equal(["send", "telemetry-read"], wide.Rights);
        Assert.False(waiting.IsCompleted);
        using HttpResponseMessage less = await head.SendAsync("PUT", "/v1/policies/p/rights", """{"rights":["send"]}""");
        Assert.Equal(["send"], (await TestHead.ReadAsync(less, RestanteJson.Default.PolicyView, HttpStatusCode.OK)).Rights);
        await TestHead.RefusedAsync(await waiting, 503, "unavailable");
        Assert.Equal(("end", null, """{"reason":"rights-changed"}"""), (await events.NextAsync())!.Value);
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/events", null, client), 403, "forbidden");
        foreach (string body in (string[])["{}", """{"rights":[]}""", """{"rights":["all"]}""", """{"rights":[null]}""", """{"right":"send"}"""])
            await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/p/rights", body), 400, "malformed");
        await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/admin/rights", """{"rights":["send"]}"""), 403, "forbidden");
        await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/none/rights", """{"rights":["send"]}"""), 404, "not-found");

        // Who administers nothing gives nobody rights, least of all himself.
        await TestHead.RefusedAsync(await head.SendAsync("PUT", "/v1/policies/p/rights", """{"rights":["admin"]}""", client), 403, "forbidden");
    }

    private static async Task<HttpClient> ScopedAsync(TestHead head, string name, PolicyScope scope)
    {
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync(name, Everything, null, scope)).Value!;
        return head.NewClient("policy/" + name, policy.PrimaryKey.Reveal());
    }

    /// <summary>Two devices, one inside and one outside, of which everything has happened, and a service that reaches the one.</summary>
    private sealed class World
    {
        private readonly Dictionary<Thing, (string Inside, string Outside, string Missing)> _names = [];

        public required HttpClient Scoped { get; init; }

        public (string Inside, string Outside, string Missing) NamesOf(Thing thing) => _names[thing];

        public static async Task<World> CreateAsync(TestHead head)
        {
            var scope = PolicyScope.Create("tags.city = 'Oslo'", null, ["own"]).Value!;
            var world = new World { Scoped = await ScopedAsync(head, "oslo", scope) };
            var scoped = new ServicePrincipal("oslo", Everything, CredentialSlot.Primary, long.MaxValue) { Scope = scope };
            var all = new ServicePrincipal("all", Everything, CredentialSlot.Primary, long.MaxValue);
            world._names[Thing.Device] = (Inside, Outside, Missing);
            (Sequence command, InquiryNumber inquiry) = await FillAsync(head, Inside, "Oslo", scoped, all);
            (Sequence other, InquiryNumber question) = await FillAsync(head, Outside, "Bergen", all, all);
            world._names[Thing.Command] = ($"{command}", $"{other}", "999");
            world._names[Thing.Inquiry] = ($"{inquiry}", $"{question}", "999");
            byte[] content = new Core.Messages.MessageContent { Body = "x"u8.ToArray() }.Encode();
            SentNotification own = (await head.Gateway.Notifications.NotifyAsync(scoped, "id like 'bus-%'", content)).Value!;
            SentNotification foreign = (await head.Gateway.Notifications.NotifyAsync(all, "id = 'bus-away'", content)).Value!;
            world._names[Thing.Notification] = ($"{own.Sequence}", $"{foreign.Sequence}", "999");
            Core.Jobs.JobRecord job = (await head.Gateway.Jobs.CreateAsync(scoped, "id like 'bus-%'", content, new())).Value!;
            Core.Jobs.JobRecord others = (await head.Gateway.Jobs.CreateAsync(all, "id = 'bus-away'", content, new())).Value!;
            world._names[Thing.Job] = ($"{job.Number}", $"{others.Number}", "999");
            return world;
        }

        private static async Task<(Sequence Command, InquiryNumber Inquiry)> FillAsync(
            TestHead head, string id, string city, ServicePrincipal handler, ServicePrincipal all)
        {
            DeviceRecord device = (await head.Gateway.Devices.CreateAsync(id, tags: $$"""{"city":"{{city}}"}""")).Value!;
            DevicePrincipal principal = head.Principal(device);
            byte[] content = new Core.Messages.MessageContent { Body = "x"u8.ToArray() }.Encode();
            await head.PublishAsync(device, "news");
            Sequence ended = (await head.Gateway.Mailboxes.SendCommandAsync(all, id, content)).Value!.Sequence;
            await head.Gateway.Reports.ReportAsync(principal, ended, content, isFinal: false);
            await head.Gateway.Mailboxes.CancelAsync(ended, "all");
            Sequence waiting = (await head.Gateway.Mailboxes.SendCommandAsync(all, id, content)).Value!.Sequence;
            await head.Gateway.Inquiries.AskAsync(principal, "weather", "gone", content, null, false);
            await head.Gateway.Inquiries.CancelAsync(principal, "gone");
            await head.Gateway.Inquiries.AskAsync(principal, "weather", "open", content, null, false);
            using InquiryHandler attached = head.Gateway.Inquiries.Attach(handler, "weather").Value!;
            TakenInquiry taken = Assert.Single((await attached.TakeAsync(1, 10_000)).Value!);
            return (waiting, taken.Number);
        }
    }
}
