using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Streams;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance.Streams;
using AuditPage = Restante.Contracts.AuditPage;

namespace Restante.Heads.Http.Tests;

/// <summary>The audit log over HTTPS: what is noted, what is not, and how it is read.</summary>
public sealed class AuditTests
{
    private const string Lines = "application/x-ndjson";

    // What services do all day. Whatever else changes something has to make an entry.
    private static readonly string[] s_messaging =
    [
        "sendCommand", "notify", "createJob", "checkpoint", "answerInquiry", "acceptInquiry", "releaseInquiry", "rejectInquiry", "renewInquiry",
    ];

    private static readonly string[] s_secrets = ["getDeviceKeys", "getEnrolmentKeys", "exportDevices"];

    [Fact]
    public async Task Every_operation_that_changes_something_or_shows_secrets_makes_an_entry()
    {
        await using TestHead head = await TestHead.StartAsync();
        List<EndpointCard> cards = [.. head.App.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(e => e.Metadata.GetMetadata<EndpointCard>()).OfType<EndpointCard>().Where(c => c.Right is not null)];
        using JsonDocument document = JsonDocument.Parse(await head.Anonymous.GetStringAsync("/openapi/v1.json"));
        int acts = 0;
        foreach (JsonProperty path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string id = operation.Value.GetProperty("operationId").GetString()!;
                EndpointCard? card = cards.Find(c => c.Name == id);
                if (card is null)
                    continue; // For devices, or for everybody.
                bool isAct = operation.Name != "get" ? !s_messaging.Contains(id) : s_secrets.Contains(id);
                await CallAsync(head, operation, path.Name);
                Assert.True(isAct == (await ActsAsync(head)).Contains(id), $"{id} {(isAct ? "makes no" : "makes an")} entry.");
                acts += isAct ? 1 : 0;
                head.Time.Advance(TimeSpan.FromHours(1));
            }
        }

        Assert.True(acts > 20);
    }

    [Fact]
    public async Task An_act_is_noted_with_its_target_its_result_and_who_did_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.SendAsync("POST", "/v1/devices", """{"id":"truck-17"}""");
        await head.SendAsync("POST", "/v1/devices", """{"id":"truck-17"}""");
        await head.SendAsync("PATCH", "/v1/devices/truck-17", """{"status":"disabled"}""");
        await head.SendAsync("POST", "/v1/devices/truck-17/keys/secondary/rotate");
        await head.SendAsync("GET", "/v1/devices/truck-17/keys");
        await head.SendAsync("POST", "/v1/policies", """{"name":"backend","rights":["send","registry-read"]}""");
        List<AuditEntryView> entries = await EntriesAsync(head);
        Assert.All(entries, e => Assert.Equal(("service", "admin", "primary", "https"), (e.By, e.Name, e.Slot, e.Protocol)));
        Assert.Equal(
            [
                ("createDevice", "devices/truck-17", "done", null),
                ("createDevice", "devices", "conflict", null),
                ("changeDevice", "devices/truck-17", "done", "disabled"),
                ("rotateDeviceKey", "devices/truck-17/keys/secondary", "done", null),
                ("getDeviceKeys", "devices/truck-17", "done", null),
                ("createPolicy", "policies/backend", "done", "rights registry-read, send"),
            ],
            entries.Select(e => (e.Act, e.Target, e.Result, e.Detail)));
    }

    [Fact]
    public async Task An_entry_says_what_was_set_and_no_secret()
    {
        await using TestHead head = await TestHead.StartAsync();
        string key = SymmetricKey.Generate().Reveal();
        string hash = new('A', 64);
        await head.AddDeviceAsync("lamp");
        await head.SendAsync("POST", "/v1/policies", """{"name":"p","rights":["send"],"scope":{"subjects":["weather"]}}""");
        await head.SendAsync("POST", "/v1/enrolments", """{"name":"fleet","kind":"key"}""");
        (string Method, string Path, string? Body, string Act, string? Detail)[] acts =
        [
            ("PUT", "/v1/devices/lamp/credentials/primary", $$"""{"key":"{{key}}"}""", "setDeviceCredential", "key"),
            ("PUT", "/v1/devices/lamp/credentials/primary", $$"""{"thumbprint":"{{hash}}"}""", "setDeviceCredential", "certificate " + hash),
            ("PUT", "/v1/devices/lamp/credentials/primary", """{"kind":"authority"}""", "setDeviceCredential", "any authority"),
            ("PUT", "/v1/devices/lamp/credentials/primary", """{"authority":"maker"}""", "setDeviceCredential", "authority maker"),
            ("PUT", "/v1/devices/lamp/credentials/primary", """{"kind":"none"}""", "setDeviceCredential", "none"),
            ("PUT", "/v1/policies/p/credentials/secondary", $$"""{"key":"{{key}}"}""", "setPolicyCredential", "key"),
            ("PUT", "/v1/policies/p/scope", """{"audience":"tags.city = 'Oslo'"}""", "setPolicyScope", "audience tags.city = 'Oslo'"),
            ("PUT", "/v1/policies/p/scope", """{"subjects":[],"channels":["","a"]}""", "setPolicyScope", "no subjects; channels (without channel), a"),
            ("DELETE", "/v1/policies/p/scope", null, "removePolicyScope", null),
            ("PUT", "/v1/policies/p/rights", """{"rights":["telemetry-read","send"]}""", "setPolicyRights", "rights send, telemetry-read"),
            ("PATCH", "/v1/enrolments/fleet", """{"status":"disabled","idPrefix":"bus-","maxDevices":7,"expiresAt":"2030-01-02T03:04:05Z"}""",
                "changeEnrolment", "disabled, prefix 'bus-', 7 devices at the most, expires 2030-01-02T03:04:05Z"),
            ("PATCH", "/v1/enrolments/fleet", """{"tags":{"a":"the-tag"},"groups":["x","y"],"desired":{"rate":4711},"neverExpires":true}""",
                "changeEnrolment", "never expires, groups x y, tags, desired state"),
        ];
        int before = (await EntriesAsync(head)).Count;
        foreach ((string method, string path, string? body, _, _) in acts)
        {
            using HttpResponseMessage answer = await head.SendAsync(method, path, body);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {await answer.Content.ReadAsStringAsync()}");
        }

        List<AuditEntryView> entries = await EntriesAsync(head);
        Assert.Equal(acts.Select(static a => (a.Act, a.Detail)), entries.Skip(before).Select(static e => (e.Act, e.Detail)));
        Assert.Equal("rights send; subjects weather", entries.Single(static e => e.Act == "createPolicy").Detail);
        Assert.DoesNotContain(key, await head.Client.GetStringAsync("/v1/audit/export"), StringComparison.Ordinal);

        // However much is said, an entry is short.
        string names = string.Join(',', Enumerable.Range(0, 200).Select(static i => $"\"subject-{i:d9}\""));
        using HttpResponseMessage wide = await head.SendAsync("PUT", "/v1/policies/p/scope", $$"""{"subjects":[{{names}}]}""");
        Assert.True(wide.IsSuccessStatusCode);
        string detail = (await EntriesAsync(head))[^1].Detail!;
        Assert.Equal((256, '…'), (detail.Length, detail[^1]));

        // Nor is a character cut through: the cut would be in the midst of the truck.
        string text = "tags.a = '" + new string('x', 254 - "audience tags.a = '".Length) + "🚚…'";
        using HttpResponseMessage odd = await head.SendAsync("PUT", "/v1/policies/p/scope", $$"""{"audience":"{{text}}"}""");
        Assert.True(odd.IsSuccessStatusCode, await odd.Content.ReadAsStringAsync());
        detail = (await EntriesAsync(head))[^1].Detail!;
        Assert.Equal("audience tags.a = '" + new string('x', 254 - "audience tags.a = '".Length) + "…", detail);
    }

    [Fact]
    public async Task No_secret_and_no_payload_stands_in_the_log()
    {
        await using TestHead head = await TestHead.StartAsync();
        var secrets = new List<string> { head.AdminKey, "the payload", "the-tag" };
        DeviceRecord device = await head.AddDeviceAsync("truck-17");
        secrets.AddRange([Assert.IsType<SymmetricKey>(device.Primary).Reveal(), Assert.IsType<SymmetricKey>(device.Secondary).Reveal()]);
        string given = SymmetricKey.Generate().Reveal();
        secrets.Add(given);
        foreach ((string method, string path, string? body) in ((string, string, string?)[])
            [
                ("POST", "/v1/devices", $$"""{"id":"lamp","keys":{"primary":"{{given}}"},"tags":{"t":"the-tag"} }"""),
                ("POST", "/v1/devices/lamp/keys/secondary/rotate", null),
                ("PUT", "/v1/devices/lamp/credentials/primary", $$"""{"kind":"key","key":"{{given}}"}"""),
                ("GET", "/v1/devices/lamp/keys", null),
                ("GET", "/v1/devices/export?keys=true", null),
                ("POST", "/v1/policies", $$"""{"name":"backend","rights":["send"],"primaryKey":"{{given}}"}"""),
                ("PUT", "/v1/policies/backend/credentials/secondary", $$"""{"kind":"key","key":"{{given}}"}"""),
                ("POST", "/v1/devices/lamp/commands", """{"body":"the payload"}"""),
                ("PUT", "/v1/devices/lamp/state/desired", """{"secret":"the payload"}"""),
                ("DELETE", "/v1/devices/lamp/mailbox", null),
                ("DELETE", "/v1/policies/backend", null),
                ("DELETE", "/v1/devices/lamp", null),
            ])
        {
            using HttpResponseMessage answer = await head.SendAsync(method, path, body);
            Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            secrets.AddRange(KeysIn(await answer.Content.ReadAsStringAsync()));
        }

        foreach (string user in (string[])["policy/admin", "truck-17", given, "claim:" + given])
        {
            using HttpClient guess = head.NewClient(user, "wrong" + given);
            await head.SendAsync("GET", "/v1/devices", null, guess);
        }

        StreamBatch all = await head.Store.Audit.ReadAsync(StreamId.Audit, 1, 1_000, int.MaxValue);
        Assert.True(all.Records.Count > 12);
        Assert.True(secrets.Count > 10);
        foreach (StreamRecord record in all.Records)
        {
            string text = Encoding.UTF8.GetString(record.Content.Span) + record.Source + record.Channel;
            foreach (string secret in secrets)
            {
                Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
                Assert.DoesNotContain(JsonEncodedText.Encode(secret).ToString(), text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Refusals_are_noted_with_who_from_where_and_why()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("truck-17");
        await head.AddDeviceAsync("truck-18");
        using HttpClient reader = await head.NewServiceAsync(Rights.RegistryRead);
        using HttpClient thief = head.NewDevice(device);
        await head.SendAsync("DELETE", "/v1/devices/truck-17", null, reader);
        await head.SendAsync("GET", "/v1/devices/truck-18/mailbox", null, thief);
        await head.SendAsync("GET", "/v1/mailbox", null, thief, ("X-Restante-Device", "truck-18"));
        await head.SendAsync("POST", "/v1/reports/4711", "{}", thief);
        await head.SendAsync("GET", "/v1/devices", null, head.NewClient("policy/admin", SymmetricKey.Generate().Reveal()));
        await head.SendAsync("GET", "/v1/mailbox", null, head.NewClient("truck-18", SymmetricKey.Generate().Reveal()));
        await head.SendAsync("GET", "/v1/mailbox", null, head.NewClient("nobody", SymmetricKey.Generate().Reveal()));
        Assert.Equal(
            [
                ("removeDevice", "service", "service", "devices/truck-17", "forbidden", null),
                ("browseMailbox", "device", "truck-17", "devices/truck-18", "forbidden", null),
                ("takeMail", "device", "truck-17", "mailbox", "forbidden", null),
                ("sendReport", "device", "truck-17", "reports/4711", "not-found", null),
                ("authenticate", "service", "admin", null, "unauthorized", "Wrong credentials."),
                ("authenticate", "device", "truck-18", null, "unauthorized", "Wrong credentials."),
                ("authenticate", "unknown", null, null, "unauthorized", "Nobody has these credentials."),
            ],
            (await EntriesAsync(head)).Select(e => (e.Act, e.By, e.Name, e.Target, e.Result, e.Detail)));
    }

    [Fact]
    public async Task While_the_log_cannot_be_written_no_act_is_begun()
    {
        await using TestHead head = await TestHead.StartAsync();
        var kept = (MemoryStreamStore)head.Store.Audit;
        kept.Unavailable = true;
        await TestHead.RefusedAsync(await head.SendAsync("POST", "/v1/devices", """{"id":"a"}"""), 503, "unavailable");
        await TestHead.RefusedAsync(await head.SendAsync("POST", "/v1/devices", """{"id":"b"}"""), 503, "unavailable");
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/devices/a/keys"), 503, "unavailable");
        Assert.False((await head.Gateway.Devices.FindAsync("b")).IsSuccess);
        using HttpResponseMessage ordinary = await head.SendAsync("POST", "/v1/devices/a/commands", """{"body":"x"}""");
        Assert.Equal(HttpStatusCode.Created, ordinary.StatusCode);

        kept.Unavailable = false;
        using HttpResponseMessage done = await head.SendAsync("POST", "/v1/devices", """{"id":"b"}""");
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.Equal(["devices/a", "devices/b"], (await EntriesAsync(head)).Select(e => e.Target));
    }

    [Fact]
    public async Task Taking_back_ones_own_mail_is_no_act_and_taking_back_that_of_others_is()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("truck-17");
        using HttpClient service = await head.NewServiceAsync(Rights.Send);
        foreach ((HttpClient by, bool isNoted) in ((HttpClient, bool)[])[(service, false), (head.Client, true)])
        {
            foreach ((string path, string body) in ((string, string)[])
                [
                    ("/v1/devices/truck-17/commands", """{"body":"x"}"""),
                    ("/v1/notifications", """{"audience":"tags.x = 1","body":"x","ttl":60}"""),
                    ("/v1/jobs", """{"audience":"tags.x = 1","body":"x","ttl":60}"""),
                ])
            {
                using HttpResponseMessage sent = await head.SendAsync("POST", path, body, service);
                Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
                using HttpResponseMessage taken = await head.SendAsync("DELETE", sent.Headers.Location!.ToString(), null, by);
                Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync());
            }

            Assert.Equal(isNoted ? ["cancelCommand", "recallNotification", "cancelJob"] : [], await ActsAsync(head));
        }
    }

    [Fact]
    public async Task An_import_is_noted_before_its_first_line_and_after_its_last()
    {
        await using TestHead head = await TestHead.StartAsync();
        using var body = new StringContent("{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"b\"}\n", Encoding.UTF8, Lines);
        using HttpResponseMessage answer = await head.Client.PostAsync("/v1/devices/import", body);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(
            [("importDevices", "begun"), ("importDevices", "2 created, 0 changed, 1 unchanged, 0 refused")],
            (await EntriesAsync(head)).Select(e => (e.Act, e.Detail)));
        await head.SendAsync("GET", "/v1/devices/export");
        Assert.Equal(2, (await EntriesAsync(head)).Count);
        using var change = new StringContent("{\"id\":\"a\",\"status\":\"disabled\"}\n", Encoding.UTF8, Lines);
        using HttpResponseMessage changed = await head.Client.PostAsync("/v1/devices/import?update", change);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(
            [("devices/import", "begun"), ("devices/a", "disabled"), ("devices/import", "0 created, 1 changed, 0 unchanged, 0 refused")],
            (await EntriesAsync(head)).Skip(2).Select(e => (e.Target, e.Detail)));
    }

    [Fact]
    public async Task An_export_of_keys_is_noted_before_the_first_of_them_and_one_that_shows_none_as_refused()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("lamp");
        using HttpClient reader = await head.NewServiceAsync(Rights.RegistryRead);
        for (int i = 0; i < 3; i++)
            await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/devices/export?keys", null, reader), 403, "forbidden");
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/devices/export?keys&query=tags.%3D"), 400, "malformed");
        Assert.Equal(
            [("exportDevices", "service", "forbidden", null), ("exportDevices", "admin", "malformed", null)],
            (await EntriesAsync(head)).Select(e => (e.Act, e.Name, e.Result, e.Detail)));
        using HttpResponseMessage shown = await head.SendAsync("GET", "/v1/devices/export?keys");
        Assert.Equal(2, KeysIn(await shown.Content.ReadAsStringAsync()).Distinct().Count());
        Assert.Equal(("done", "devices/export", "begun"), (await EntriesAsync(head)).Skip(2).Select(e => (e.Result, e.Target, e.Detail)).Single());
    }

    [Fact]
    public async Task The_log_is_read_by_pages_as_lines_and_by_its_anchor()
    {
        await using TestHead head = await TestHead.StartAsync();
        for (int i = 0; i < 5; i++)
            await head.SendAsync("POST", "/v1/devices", $$"""{"id":"d{{i}}"}""");
        AuditPage page = await head.GetAsync("/v1/audit?after=1&max=2", RestanteJson.Plain.AuditPage);
        Assert.Equal((3, 0), (page.Next, page.Skipped));
        Assert.Equal([2, 3], page.Items.Select(e => e.Number));
        string export = await head.Client.GetStringAsync("/v1/audit/export");
        AuditAnchorView anchor = await head.GetAsync("/v1/audit/anchor", RestanteJson.Plain.AuditAnchorView);
        Assert.Empty(Check(export, $"{anchor.Number}:{anchor.Hash}").Faults);
        Assert.NotEmpty(Check(export.Replace("devices/d2", "devices/dx", StringComparison.Ordinal)).Faults);
        string[] lines = export.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(Check(string.Join('\n', lines.Where((_, i) => i != 2))).Faults);
        Assert.Empty(Check(string.Join('\n', lines.Take(4))).Faults);
        Assert.NotEmpty(Check(string.Join('\n', lines.Take(4)), $"{anchor.Number}:{anchor.Hash}").Faults);
        Assert.NotEmpty(Check(export.Replace("devices/d4", "devices/dx", StringComparison.Ordinal), $"{anchor.Number}:{anchor.Hash}").Faults);

        using HttpClient reader = await head.NewServiceAsync(Rights.AuditRead, "auditor");
        using HttpResponseMessage read = await head.SendAsync("GET", "/v1/audit", null, reader);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using HttpClient other = await head.NewServiceAsync(Rights.RegistryWrite | Rights.TelemetryRead);
        await TestHead.RefusedAsync(await head.SendAsync("GET", "/v1/audit", null, other), 403, "forbidden");
    }

    [Fact]
    public async Task An_export_ends_when_its_policy_is_removed()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient auditor = await head.NewServiceAsync(Rights.AuditRead, "auditor");
        var entry = new AuditEntry { Act = "createDevice", By = AuditActor.Gateway, Target = "devices/" + new string('d', 128) };
        await Task.WhenAll(Enumerable.Range(0, AuditLog.MaxPage + 1).Select(_ => head.Gateway.Audit.RecordAsync(entry).AsTask()));

        // The first page does not fit into what is kept for a client that does not read.
        using HttpResponseMessage export = await head.SendAsync("GET", "/v1/audit/export", null, auditor);
        Assert.Equal(HttpStatusCode.OK, export.StatusCode);
        using HttpResponseMessage removed = await head.SendAsync("DELETE", "/v1/policies/auditor");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => export.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task An_act_that_the_store_leaves_in_doubt_says_so_each_time()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("truck-17");
        head.Store.Unavailable = true;
        for (int i = 0; i < 2; i++)
            await TestHead.RefusedAsync(await head.SendAsync("DELETE", "/v1/devices/truck-17"), 503, "unavailable");
        Assert.Equal(
            Enumerable.Repeat(("removeDevice", "unavailable", "perhaps it was done"), 2),
            (await EntriesAsync(head)).Select(e => (e.Act, e.Result, e.Detail!)));
    }

    private static AuditChain Check(string export, params string[] anchors)
    {
        var chain = new AuditChain(anchors);
        foreach (string line in export.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            chain.Add(Encoding.UTF8.GetBytes(line));
        chain.End();
        return chain;
    }

    private static async Task CallAsync(TestHead head, JsonProperty operation, string pattern)
    {
        string path = string.Join('/', pattern.Split('/').Select(s => s.StartsWith('{') ? s == "{slot}" ? "primary" : "7" : s));
        if (operation.Value.GetProperty("operationId").GetString() == "exportDevices")
            path += "?keys=true";
        using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), path);
        if (operation.Value.TryGetProperty("requestBody", out JsonElement body))
        {
            string media = body.GetProperty("content").EnumerateObject().First().Name;
            request.Content = new StringContent("{}", Encoding.UTF8, media == "*/*" ? "application/octet-stream" : media);
        }

        using HttpResponseMessage answer = await head.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task<List<AuditEntryView>> EntriesAsync(TestHead head) =>
        [.. (await head.Gateway.Audit.ReadAsync(0, 1_000)).Value!.Records
            .Select(r => JsonSerializer.Deserialize(r.Line.Span, RestanteJson.Plain.AuditEntryView)!)];

    private static async Task<List<string>> ActsAsync(TestHead head) => [.. (await EntriesAsync(head)).Select(e => e.Act)];

    // Every text of 44 characters that is the base64 of a key.
    private static IEnumerable<string> KeysIn(string text) =>
        text.Split('"').Select(t => t.Replace("\\u002B", "+", StringComparison.Ordinal)).Where(t => SymmetricKey.TryParse(t, out _));
}
