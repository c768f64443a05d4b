using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Storage.Conformance;

namespace Restante.Heads.Http.Tests;

public sealed class AdmissionTests
{
    /// <summary>
    /// What each endpoint needs. The table is written by hand on purpose: it is what the promise says, not what the code does.
    /// </summary>
    private static readonly (string Method, string Path, string? Body, Rights Needed)[] s_rights =
    [
        ("GET", "/v1/audit", null, Rights.AuditRead),
        ("GET", "/v1/audit/export", null, Rights.AuditRead),
        ("GET", "/v1/audit/anchor", null, Rights.AuditRead),
        ("GET", "/v1/devices", null, Rights.RegistryRead),
        ("POST", "/v1/devices", """{"id":"new"}""", Rights.RegistryWrite),
        ("GET", "/v1/devices/d", null, Rights.RegistryRead),
        ("PATCH", "/v1/devices/d", """{"status":"enabled"}""", Rights.RegistryWrite),
        ("DELETE", "/v1/devices/other", null, Rights.RegistryWrite),
        ("GET", "/v1/devices/d/keys", null, Rights.RegistryWrite),
        ("POST", "/v1/devices/d/keys/primary/rotate", null, Rights.RegistryWrite),
        ("GET", "/v1/devices/d/credentials", null, Rights.RegistryRead),
        ("PUT", "/v1/devices/d/credentials/primary", "{}", Rights.RegistryWrite),
        ("DELETE", "/v1/devices/d/credentials/secondary", null, Rights.RegistryWrite),
        ("GET", "/v1/authorities", null, Rights.RegistryRead),
        ("POST", "/v1/authorities", "{}", Rights.Admin),
        ("GET", "/v1/authorities/maker", null, Rights.RegistryRead),
        ("POST", "/v1/authorities/maker/verify", "{}", Rights.Admin),
        ("PUT", "/v1/authorities/maker/revocation-list", "x", Rights.Admin),
        ("DELETE", "/v1/authorities/maker", null, Rights.Admin),
        ("GET", "/v1/enrolments", null, Rights.RegistryRead),
        ("POST", "/v1/enrolments", "{}", Rights.Admin),
        ("GET", "/v1/enrolments/g", null, Rights.RegistryRead),
        ("PATCH", "/v1/enrolments/g", "{}", Rights.Admin),
        ("DELETE", "/v1/enrolments/g", null, Rights.Admin),
        ("GET", "/v1/enrolments/g/keys", null, Rights.Admin),
        ("POST", "/v1/enrolments/g/keys/primary/rotate", null, Rights.Admin),
        ("GET", "/v1/enrolments/g/claims", null, Rights.RegistryRead),
        ("POST", "/v1/enrolments/g/claims", null, Rights.RegistryWrite),
        ("DELETE", "/v1/enrolments/g/claims/1", null, Rights.RegistryWrite),
        ("GET", "/v1/enrolled", null, Rights.RegistryRead),
        ("GET", "/v1/enrolled/d", null, Rights.RegistryRead),
        ("DELETE", "/v1/enrolled/d", null, Rights.RegistryWrite),
        ("PUT", "/v1/policies/other/rights", "{}", Rights.Admin),
        ("PUT", "/v1/policies/other/credentials/primary", "{}", Rights.Admin),
        ("DELETE", "/v1/policies/other/credentials/secondary", null, Rights.Admin),
        ("GET", "/v1/policies", null, Rights.Admin),
        ("POST", "/v1/policies", """{"name":"new","rights":["send"]}""", Rights.Admin),
        ("GET", "/v1/policies/admin", null, Rights.Admin),
        ("PUT", "/v1/policies/other/scope", """{"subjects":[]}""", Rights.Admin),
        ("DELETE", "/v1/policies/other/scope", null, Rights.Admin),
        ("DELETE", "/v1/policies/other", null, Rights.Admin),
        ("POST", "/v1/devices/d/commands", """{"body":"x"}""", Rights.Send),
        ("GET", "/v1/commands/1", null, Rights.Send),
        ("GET", "/v1/outcomes", null, Rights.Send),
        ("GET", "/v1/devices/d/mailbox", null, Rights.RegistryRead),
        ("DELETE", "/v1/devices/d/mailbox", null, Rights.RegistryWrite),
        ("GET", "/v1/telemetry", null, Rights.TelemetryRead),
        ("GET", "/v1/telemetry/partitions", null, Rights.TelemetryRead),
        ("GET", "/v1/events", null, Rights.TelemetryRead),
        ("GET", "/v1/messages/1", null, Rights.RegistryRead),
        ("GET", "/v1/devices/d/history", null, Rights.RegistryRead),
        ("POST", "/v1/devices/import", "", Rights.RegistryWrite),
        ("GET", "/v1/devices/export", null, Rights.RegistryRead),
        ("GET", "/v1/devices/d/state", null, Rights.RegistryRead),
        ("PUT", "/v1/devices/d/state/desired", "{}", Rights.RegistryWrite),
        ("PATCH", "/v1/devices/d/state/desired", "{}", Rights.RegistryWrite),
        ("DELETE", "/v1/commands/1", null, Rights.Send),
        ("GET", "/v1/commands/1/reports", null, Rights.Send),
        ("GET", "/v1/reports", null, Rights.Send),
        ("POST", "/v1/notifications", """{"group":"g"}""", Rights.Send),
        ("GET", "/v1/notifications", null, Rights.Send),
        ("GET", "/v1/notifications/1", null, Rights.Send),
        ("DELETE", "/v1/notifications/1", null, Rights.Send),
        ("GET", "/v1/notifications/1/devices", null, Rights.Send),
        ("GET", "/v1/inquiries/weather", null, Rights.InquiryAnswer),
        ("GET", "/v1/inquiries/weather/stream?max=0", null, Rights.InquiryAnswer),
        ("GET", "/v1/inquiries/weather/ended", null, Rights.InquiryAnswer),
        ("POST", "/v1/inquiries/1/answers", "{}", Rights.InquiryAnswer),
        ("POST", "/v1/inquiries/1-1/accept", null, Rights.InquiryAnswer),
        ("POST", "/v1/inquiries/1-1/reject", null, Rights.InquiryAnswer),
        ("POST", "/v1/inquiries/1-1/release", null, Rights.InquiryAnswer),
        ("POST", "/v1/inquiries/1-1/renew", null, Rights.InquiryAnswer),
        ("GET", "/v1/devices/d/dead-letters", null, Rights.RegistryRead),
        ("POST", "/v1/devices/d/dead-letters/1/resend", null, Rights.RegistryWrite),
        ("DELETE", "/v1/devices/d/dead-letters/1", null, Rights.RegistryWrite),
        ("DELETE", "/v1/devices/d/dead-letters", null, Rights.RegistryWrite),
        ("POST", "/v1/jobs", """{"audience":"id = 'd'"}""", Rights.Send),
        ("GET", "/v1/jobs", null, Rights.Send),
        ("GET", "/v1/jobs/1", null, Rights.Send),
        ("DELETE", "/v1/jobs/1", null, Rights.Send),
        ("GET", "/v1/jobs/1/refusals", null, Rights.Send),
        ("GET", "/v1/issuers", null, Rights.RegistryRead),
        ("POST", "/v1/issuers", "{}", Rights.Admin),
        ("GET", "/v1/issuers/i", null, Rights.RegistryRead),
        ("DELETE", "/v1/issuers/i", null, Rights.Admin),
        ("GET", "/v1/certificates", null, Rights.RegistryRead),
        ("GET", "/v1/certificates/0a", null, Rights.RegistryRead),
        ("POST", "/v1/certificates/0a/revoke", null, Rights.RegistryWrite),
        ("POST", "/v1/devices/d/certificates/revoke", null, Rights.RegistryWrite),
        ("GET", "/v1/telemetry/groups", null, Rights.TelemetryRead),
        ("GET", "/v1/telemetry/groups/g", null, Rights.TelemetryRead),
        ("DELETE", "/v1/telemetry/groups/g", null, Rights.TelemetryRead),
        ("POST", "/v1/telemetry/groups/g/checkpoints", "{}", Rights.TelemetryRead),
    ];

    /// <summary>What is for devices, and for them only.</summary>
    private static readonly (string Method, string Path, string? Body)[] s_forDevices =
    [
        ("POST", "/v1/telemetry", "x"),
        ("POST", "/v1/telemetry/channel", "x"),
        ("POST", "/v1/reports/1", "x"),
        ("GET", "/v1/mailbox", null),
        ("GET", "/v1/mailbox/stream?max=0", null),
        ("DELETE", "/v1/mailbox/1-1", null),
        ("POST", "/v1/mailbox/1-1/reject", null),
        ("POST", "/v1/mailbox/1-1/release", null),
        ("POST", "/v1/mailbox/1-1/renew", null),
        ("POST", "/v1/inquiries/weather", "x"),
        ("DELETE", "/v1/inquiries/1", null),
        ("GET", "/v1/state", null),
        ("PATCH", "/v1/state", "{}"),
    ];

    public static TheoryData<string> EachRight => new(RightNames.Of((Rights)255));

    [Fact]
    public async Task An_address_is_what_it_is_written_as_and_nothing_like_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        foreach ((string method, string path, string? body, _) in s_rights)
        {
            string bare = path.Split('?')[0];
            foreach (string odd in (string[])[bare + "/", "/V1/" + bare[4..], "/v1//" + bare[4..]])
                await TestHead.RefusedAsync(await head.SendAsync(method, odd, body), 404, "not-found");
        }

        using DeviceClient device = await DeviceClient.CreateAsync(head, "slashed");
        await device.RefusedAsync(404, "not-found", "POST", "/v1/telemetry/", "x", "text/plain");
        await device.RefusedAsync(404, "not-found", "POST", "/v1/Telemetry", "x", "text/plain");
        await device.RefusedAsync(404, "not-found", "GET", "/v1/mailbox/");
        Assert.Empty((await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage)).Items);
        await device.DoAsync("POST", "/v1/telemetry", "x", "text/plain");
        Assert.Single((await head.GetAsync("/v1/telemetry", RestanteJson.Default.StreamPage)).Items);
    }

    [Theory]
    [MemberData(nameof(EachRight))]
    public async Task Each_right_opens_what_it_is_for_and_nothing_else(string rightName)
    {
        Assert.True(RightNames.TryParse(rightName, out Rights right));
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpClient client = await head.NewServiceAsync(right);
        foreach ((string method, string path, string? body, Rights needed) in s_rights)
        {
            using HttpResponseMessage response = await head.SendAsync(method, path, body, client);
            bool opens = response.StatusCode is not (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized);
            Assert.True(opens == (right == needed || right == Rights.Admin), $"{rightName} at {method} {path}: {(int)response.StatusCode}");
            Assert.True((int)response.StatusCode < 500);
        }
    }

    [Theory]
    [InlineData("Origin", "https://localhost", true)]
    [InlineData("Origin", "https://other.example", false)]
    [InlineData("Origin", "http://localhost", false)]
    [InlineData("Origin", "null", false)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    public async Task A_password_that_a_browser_remembers_does_not_count_for_pages_of_other_origins(string header, string value, bool isOwn)
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage sent = await head.SendAsync("POST", "/v1/devices/d/commands", """{"body":"x"}""", null, (header, value));
        if (isOwn)
            Assert.Equal(HttpStatusCode.Created, sent.StatusCode);
        else
            await TestHead.RefusedAsync(sent, 401, "unauthorized");
        Assert.Equal(isOwn ? 1 : 0, (await head.GetAsync("/v1/devices/d/mailbox", RestanteJson.Plain.MailboxPage)).Items.Count);

        // No browser adds a token by itself.
        string token = AccessToken.ForPolicy("h", "admin", Convert.FromBase64String(head.AdminKey), head.Time.GetUtcNow().AddHours(1));
        using HttpResponseMessage byToken = await head.SendAsync(
            "GET", "/v1/devices", null, head.Anonymous, ("Authorization", token), (header, value));
        Assert.Equal(HttpStatusCode.OK, byToken.StatusCode);
    }

    [Fact]
    public async Task No_path_of_the_interface_is_taken_for_a_host_in_a_token()
    {
        await using TestHead head = await TestHead.StartAsync();
        string[] first = [.. head.App.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(e => e.Metadata.GetMetadata<EndpointCard>()).OfType<EndpointCard>()
            .Select(c => AdmissionGate.AddressOf(c.Pattern).Split('/')[0]).Distinct()];
        Assert.Contains("devices", first);
        Assert.All(first, name => Assert.Equal(name, TokenScope.Of(name)));
    }

    [Fact]
    public async Task What_was_revoked_while_a_body_came_is_not_carried_out()
    {
        using var reading = new SemaphoreSlim(0);
        await using TestHead head = await TestHead.StartAsync(more: app => app.Use(next => async context =>
        {
            Task handled = next(context); // Until it waits for the body.
            reading.Release();
            await handled;
        }));
        using HttpClient device = head.NewDevice(await head.AddDeviceAsync("truck-17"));
        using HttpClient service = await head.NewServiceAsync(Rights.RegistryWrite, "writer");
        using var telemetry = new HeldContent("on", "text/plain");
        using var lines = new HeldContent("{\"id\":\"lamp-1\"}\n", "application/x-ndjson");
        Task<HttpResponseMessage> sent = device.PostAsync("/v1/telemetry", telemetry);
        Task<HttpResponseMessage> imported = service.PostAsync("/v1/devices/import", lines);
        await reading.WaitAsync();
        await reading.WaitAsync();
        Assert.True((await head.Gateway.Devices.SetStatusAsync("truck-17", DeviceStatus.Disabled)).IsSuccess);
        Assert.True((await head.Gateway.Policies.RemoveAsync("writer")).IsSuccess);
        telemetry.GoOn();
        lines.GoOn();
        await TestHead.RefusedAsync(await sent, 401, "unauthorized");
        await TestHead.RefusedAsync(await imported, 401, "unauthorized");
        Assert.False((await head.Gateway.Devices.FindAsync("lamp-1")).IsSuccess);
    }

    [Fact]
    public async Task The_table_of_rights_names_every_endpoint_and_each_needs_credentials()
    {
        await using TestHead head = await TestHead.StartAsync();
        EndpointCard[] cards = [.. head.App.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .Select(e => e.Metadata.GetMetadata<EndpointCard>()).OfType<EndpointCard>()];
        Assert.Equal(
            cards.Where(c => c.Pattern.StartsWith("/v1/", StringComparison.Ordinal)).Select(c => $"{c.Method} {c.Right}").Order(),
            s_rights.Select(r => $"{r.Method} {r.Needed}").Concat(s_forDevices.Select(d => $"{d.Method} ")).Order());
        Assert.All(cards, c => Assert.Equal(c.Pattern.StartsWith("/health/", StringComparison.Ordinal), !c.NeedsCaller));
        Assert.All(cards, c => Assert.False(c.IsForDevices && c.Right is not null));
        foreach ((string method, string path, string? body) in s_rights.Select(r => (r.Method, r.Path, r.Body)).Concat(s_forDevices))
        {
            using HttpResponseMessage response = await head.SendAsync(method, path, body, head.Anonymous);
            await TestHead.RefusedAsync(response, 401, "unauthorized");
        }
    }

    [Fact]
    public async Task Every_failed_authentication_looks_the_same()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord disabled = (await head.Gateway.Devices.CreateAsync("off", DeviceStatus.Disabled)).Value!;
        byte[] adminKey = Convert.FromBase64String(head.AdminKey);
        string wrong = SymmetricKey.Generate().Reveal();
        DateTimeOffset now = head.Time.GetUtcNow();
        string?[] attempts =
        [
            null,
            "",
            "Bearer abc",
            "Basic",
            "Basic !!!",
            Basic("no-colon"),
            Basic(":" + head.AdminKey),
            Basic("policy/admin:" + wrong),
            Basic("policy/admin:not a key"),
            Basic("policy/nobody:" + head.AdminKey),
            Basic("admin:" + wrong),
            Basic("off:" + disabled.PrimaryKey.Reveal()),
            AccessToken.ForPolicy("localhost", "admin", Convert.FromBase64String(wrong), now.AddMinutes(5)),
            AccessToken.ForPolicy("localhost", "nobody", adminKey, now.AddMinutes(5)),
            AccessToken.ForPolicy("localhost", "admin", adminKey, now),
            SharedAccessSignature.Create("localhost/devices/off", disabled.PrimaryKey, now.AddMinutes(5).ToUnixTimeSeconds()),
            "SharedAccessSignature sr=x",
            "SharedAccessSignature " + new string('x', 5_000),
        ];
        string? expected = null;
        foreach (string? attempt in attempts)
        {
            using HttpResponseMessage response = attempt is null
                ? await head.SendAsync("GET", "/v1/devices", null, head.Anonymous)
                : await head.SendAsync("GET", "/v1/devices", null, head.Anonymous, ("Authorization", attempt));
            await TestHead.RefusedAsync(response, 401, "unauthorized");
            Assert.Equal(["SharedAccessSignature", "Basic"], response.Headers.WwwAuthenticate.Select(c => c.Scheme));
            string seen = $"{response.Headers}{response.Content.Headers}{await response.Content.ReadAsStringAsync()}";
            Assert.Equal(expected ??= seen, seen);
        }
    }

    [Fact]
    public async Task A_policy_is_let_in_by_token_by_key_and_under_its_bare_name()
    {
        await using TestHead head = await TestHead.StartAsync();
        string token = AccessToken.ForPolicy(
            "localhost:8443", "admin", Convert.FromBase64String(head.AdminKey), head.Time.GetUtcNow().AddMinutes(5));
        foreach (string value in (string[])[token, Basic("policy/admin:" + head.AdminKey), Basic("admin:" + head.AdminKey), Basic(
            "admin:" + token)])
        {
            using HttpResponseMessage response = await head.SendAsync("GET", "/v1/devices", null, head.Anonymous, ("Authorization", value));
            Assert.True(response.IsSuccessStatusCode, value);
        }
    }

    [Fact]
    public async Task Each_side_is_told_where_it_belongs()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpClient device = head.NewDevice(await head.AddDeviceAsync("d"));
        foreach ((string method, string path, string? body) in s_forDevices)
        {
            using HttpResponseMessage service = await head.SendAsync(method, path, body);
            Assert.Contains("for devices", (await TestHead.RefusedAsync(service, 403, "forbidden")).Detail, StringComparison.Ordinal);
            using HttpResponseMessage own = await head.SendAsync(method, path, body, device);
            Assert.True((int)own.StatusCode is < 500 and not (401 or 403), $"{method} {path}: {(int)own.StatusCode}");
        }

        foreach ((string method, string path, string? body, _) in s_rights)
        {
            using HttpResponseMessage refused = await head.SendAsync(method, path, body, device);
            Assert.Contains("for services", (await TestHead.RefusedAsync(refused, 403, "forbidden")).Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_parameter_that_is_not_known_is_refused_after_the_caller_is_known()
    {
        await using TestHead head = await TestHead.StartAsync();
        using HttpResponseMessage stranger = await head.SendAsync("GET", "/v1/outcomes?wiat=5", null, head.Anonymous);
        await TestHead.RefusedAsync(stranger, 401, "unauthorized");
        using HttpResponseMessage refused = await head.SendAsync("GET", "/v1/outcomes?wiat=5");
        Assert.Contains("after, max, wait", (await TestHead.RefusedAsync(refused, 400, "malformed")).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_is_known_but_has_no_rights_here()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceRecord device = await head.AddDeviceAsync("d:1");
        string token = SharedAccessSignature.Create(
            "h/devices/d:1", device.SecondaryKey, head.Time.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds());
        foreach (string value in (string[])[token, Basic("d:1:" + device.PrimaryKey.Reveal())])
        {
            using HttpResponseMessage response = await head.SendAsync("GET", "/v1/devices", null, head.Anonymous, ("Authorization", value));
            await TestHead.RefusedAsync(response, 403, "forbidden");
        }
    }

    [Fact]
    public async Task A_source_that_fails_too_often_is_throttled()
    {
        var address = IPAddress.Parse("192.0.2.7");
        var time = new ManualTime();
        await using var store = new Restante.Storage.Conformance.Memory.MemoryGatewayStore();
        using var gateway = new Restante.Core.Gateway(
            store, new GatewayLimits { MaxAuthenticationFailuresPerMinute = 3 }, time,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new AccessOptions { RefusalMs = 0 });
        PolicyRecord admin = (await gateway.Policies.CreateAsync("admin", Rights.Admin)).Value!;
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddRestanteHttp();
        await using WebApplication app = builder.Build();
        app.Use((context, next) =>
        {
            context.Connection.RemoteIpAddress = address.MapToIPv6();
            return next(context);
        });
        app.MapRestante(gateway);
        await app.StartAsync();
        using HttpClient client = app.GetTestClient();

        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(Basic("policy/admin:wrong"));
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage wrong = await client.GetAsync("/v1/devices");
            Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        }

        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(Basic("policy/admin:" + admin.PrimaryKey.Reveal()));
        using HttpResponseMessage throttled = await client.GetAsync("/v1/devices");
        await TestHead.RefusedAsync(throttled, 429, "throttled");
        Assert.InRange(throttled.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 11); // The wait, and the spread.

        time.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage later = await client.GetAsync("/v1/devices");
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    [Fact]
    public async Task A_policy_that_would_act_for_a_device_is_told_that_it_cannot()
    {
        await using TestHead head = await TestHead.StartAsync();
        await head.AddDeviceAsync("d");
        using HttpResponseMessage refused = await head.SendAsync("GET", "/v1/devices/d", null, null, ("X-Restante-Device", "d"));
        ProblemView problem = await TestHead.RefusedAsync(refused, 403, "forbidden");
        Assert.Contains("X-Restante-Device", problem.Detail, StringComparison.Ordinal);
    }
}
