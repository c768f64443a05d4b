using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Restante.Client.Amqp;
using Restante.Net;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// What somebody gets who has a device's key: that device's own mail and telemetry, and nothing else. Every address, topic and REST path is
/// tried.
/// </summary>
[Collection("abuse")]
public sealed class StolenCredentialTests(AbuseFixture fixture)
{
    private const string NotFound = "amqp:not-found";
    private const string Unauthorized = "amqp:unauthorized-access";

    /// <summary>What a device may do over REST: with what is its own.</summary>
    private static readonly HashSet<(string Method, string Path)> s_own =
    [
        ("post", "/v1/telemetry"), ("post", "/v1/telemetry/{channel}"), ("get", "/v1/mailbox"), ("get", "/v1/mailbox/stream"),
        ("delete", "/v1/mailbox/{lease}"), ("post", "/v1/mailbox/{lease}/reject"), ("post", "/v1/mailbox/{lease}/release"),
        ("post", "/v1/mailbox/{lease}/renew"), ("post", "/v1/reports/{command}"), ("post", "/v1/inquiries/{name}"),
        ("delete", "/v1/inquiries/{name}"), ("get", "/v1/state"), ("patch", "/v1/state"),
    ];

    private readonly GatewayProcess _gateway = fixture.Gateway;

    [Fact]
    public Task Over_AMQP() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string victim, _) = await AbuseFixture.NewDeviceAsync(_gateway);
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, victim, "secret"));
        await using AmqpScript script = await AmqpScript.OpenAsync(_gateway, id, key);
        await script.BeginAsync();
        (string Address, string Condition)[] sending =
        [
            ("devices", Unauthorized), ($"devices/{victim}", Unauthorized), ($"devices/{id}", Unauthorized), ("devices/nobody", Unauthorized),
            ($"devices/{victim}/mailbox", NotFound), ($"{victim}/telemetry", NotFound), ("mailbox", NotFound), ("outcomes", NotFound), ("events", NotFound),
            ($"telemetry/x/{victim}", NotFound), ("telemetry/ä", NotFound), ("telemetry/no spaces", NotFound), ("Telemetry", NotFound), ("", NotFound),
            ("$management", Unauthorized), ("answers", Unauthorized), ("notifications", Unauthorized), ("groups/all", Unauthorized),
            ($"devices/{victim}/telemetry", Unauthorized), ($"devices/{victim}/reports", Unauthorized), ("devices/nobody/telemetry", Unauthorized),
            (new string('a', 30_000), NotFound), ("telemetry\0", NotFound),
        ];
        (string Address, string Condition)[] receiving =
        [
            ("outcomes", Unauthorized), ("outcomes/admin", Unauthorized), ("events", Unauthorized), ("telemetry", Unauthorized),
            ("telemetry/0", Unauthorized), ("telemetry/999999", Unauthorized), ("telemetry/group", Unauthorized), ("telemetry/group/0", Unauthorized),
            ($"devices/{victim}/mailbox", Unauthorized), ("devices/nobody/mailbox", Unauthorized), ("reports", Unauthorized),
            ($"devices/{victim}", NotFound), ($"mailbox/{victim}", NotFound), ($"{victim}/mailbox", NotFound),
            ("devices", NotFound), ("mailbox/", NotFound), ("MAILBOX", NotFound), ("mailbox/settle", NotFound), ("#", NotFound), ("*", NotFound), ("", NotFound),
            ("$management", Unauthorized), (new string('/', 1_000), NotFound),
        ];
        foreach ((string address, string condition) in sending)
            Assert.Equal((address, condition), (address, await RefusedAsync(script, SenderFrame(0, "link", 0, address), terminus: 6)));
        foreach ((string address, string condition) in receiving)
            Assert.Equal((address, condition), (address, await RefusedAsync(script, ReceiverFrame(0, "link", 0, address), terminus: 5)));

        // The anonymous relay, transactions.
        Assert.Equal("amqp:not-implemented", await RefusedAsync(script, AttachFrame(0, "link", 0, False, Source("x"), Performative(0x29)), terminus: 6));
        Assert.Equal("amqp:not-implemented", await RefusedAsync(script, AttachFrame(0, "link", 0, False, Source("x"), Performative(0x30)), terminus: 6));
        await script.AttachReceiverAsync("mailbox", 10);
        await script.EchoAsync();
        Assert.Equal(["secret"], await WaitingAsync(victim));
        List<(string Act, string Protocol, string Result)> audited = await AuditedAsync(id);
        Assert.Contains(("attach", "amqp", "forbidden"), audited);
        Assert.Contains(("attach", "amqp", "not-found"), audited);
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public Task Over_MQTT(int version) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string victim, _) = await AbuseFixture.NewDeviceAsync(_gateway);
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, victim, "secret"));
        await using MqttScript script = await MqttScript.ConnectAsync(_gateway, version, id, key);
        string[] filters =
        [
            "#", "+", "+/#", "+/+/+", "telemetry", "telemetry/#", "telemetry/+", "$SYS/#", "devices/#", $"devices/{victim}/#", $"{victim}/#",
            $"mailbox/{victim}", $"mailbox/{victim}/#", "outcomes/#", "events/#", "mailbox/settle/#", "MAILBOX/#", "/mailbox/#", "mailbox//#",
            $"devices/{victim}/mailbox/#", $"devices/{victim}/mailbox/commands/#", $"devices/{victim}/state/#", $"devices/{victim}/ended",
            "devices/nobody/mailbox/#", "devices/+/mailbox/#", "ended",
        ];
        await script.Wire.SendAsync(MqttBytes.Subscribe(version, 1, filters));
        byte[] codes = (await script.UntilAsync(MqttBytes.SubAck))[^filters.Length..];
        Assert.All(codes, static code => Assert.InRange(code, 0x80, 0xff));
        await script.Wire.SendAsync(MqttBytes.Subscribe(version, 2, "mailbox/#"));
        Assert.Equal(1, (await script.UntilAsync(MqttBytes.SubAck))[^1]);

        // Its own mail is all that ever comes.
        Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, id, "own"));
        (int Type, int Flags, byte[] Body)? first = await script.NextAsync();
        Assert.Equal(MqttBytes.Publish, first!.Value.Type);
        Assert.EndsWith("own", Encoding.UTF8.GetString(first.Value.Body), StringComparison.Ordinal);
        await script.PingAsync();
        Assert.Contains(("subscribe", "mqtt", "forbidden"), await AuditedAsync(id));

        // MQTT 3.1.1 has no way to refuse a publish but by an end.
        string[] topics = version == 5 ? ["outcomes", "events", $"devices/{victim}/telemetry", $"{victim}/telemetry", "devices/nobody/telemetry"] : [];
        foreach (string topic in topics)
        {
            await script.Wire.SendAsync(MqttBytes.PublishPacket(version, topic, 1, 3, "forged"u8.ToArray()));
            Assert.InRange((await script.UntilAsync(MqttBytes.PubAck))[2], 0x80, 0xff);
        }

        if (topics.Length > 0)
            Assert.Contains(("publish", "mqtt", "forbidden"), await AuditedAsync(id));
        Assert.Empty(await Reading.TelemetryAsync(_gateway, victim));
        Assert.Equal(["secret"], await WaitingAsync(victim));
    });

    [Fact]
    public Task Over_REST() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string victim, _) = await AbuseFixture.NewDeviceAsync(_gateway);
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, victim, "secret"));
        using HttpClient thief = _gateway.CreateHttpClient($"{id}:{key}");
        using HttpClient nobody = _gateway.CreateHttpClient(null);
        using JsonDocument api = JsonDocument.Parse(await nobody.GetStringAsync("/openapi/v1.json"));
        int tried = 0;
        var forbidden = new List<(string, string, string)>();
        foreach (JsonProperty path in api.RootElement.GetProperty("paths").EnumerateObject().Where(static p => p.Name.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            string place = path.Name.Replace("{id}", victim, StringComparison.Ordinal)
                .Replace("{name}", "admin", StringComparison.Ordinal).Replace("{slot}", "primary", StringComparison.Ordinal);
            place = Regex.Replace(place, @"\{\w+\}", "1");
            foreach (string method in path.Value.EnumerateObject().Select(static m => m.Name).Where(static m => m is "get" or "post" or "put" or "patch" or "delete"))
            {
                if (!s_own.Contains((method, path.Name)))
                {
                    Assert.Equal((place, method, HttpStatusCode.Forbidden), (place, method, await AskAsync(thief, method, place)));
                    forbidden.Add((path.Value.GetProperty(method).GetProperty("operationId").GetString()!, "https", "forbidden"));
                }
                else if (path.Name != "/v1/mailbox/stream")
                    Assert.True(await AskAsync(thief, method, place) < HttpStatusCode.InternalServerError, place); // Its own, whatever is named.
                Assert.Equal((place, method, HttpStatusCode.Unauthorized), (place, method, await AskAsync(nobody, method, place)));
                using HttpClient guesser = _gateway.CreateHttpClient($"policy/guess-{tried}:AAAA"); // Another name each time: not to be throttled.
                Assert.Equal((place, method, HttpStatusCode.Unauthorized), (place, method, await AskAsync(guesser, method, place)));
                tried++;
            }
        }

        Assert.True(tried >= 15, $"Only {tried} operations were found to try.");
        Assert.Empty(forbidden.Except(await AuditedAsync(id)));
        Assert.Equal(["secret"], await WaitingAsync(victim));
    });

    [Fact]
    public Task A_lease_of_another_device_cannot_be_settled() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string victim, string victimKey) = await AbuseFixture.NewDeviceAsync(_gateway);
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        Assert.Equal(HttpStatusCode.Created, await Reading.SendAsync(_gateway, victim, "secret"));
        await using var network = new NetworkHost();
        await using AmqpClient client = await AmqpClient.ConnectAsync(network, _gateway.AmqpEndpoint(victim, victimKey), victim, CancellationToken.None);
        AmqpReceiver mailbox = await client.OpenReceiverAsync("mailbox", 1, CancellationToken.None);
        AmqpReceived held = await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
        Assert.True(held.Message.MessageAnnotations!.TryGetNamed("x-opt-restante-lease", out object? annotated));
        string lease = (string)annotated!;

        await using AmqpScript script = await AmqpScript.OpenAsync(_gateway, id, key);
        await script.BeginAsync();
        await script.AttachReceiverAsync("mailbox", 10);
        await script.AttachSenderAsync("mailbox/settle", 1);
        string[] verbs = ["accept", "reject", "release", "renew"];
        for (uint i = 0; i < verbs.Length; i++)
        {
            byte[] settle = [.. Section(0x73, List(Null, Null, Null, Text(verbs[i]))), .. Section(0x74, Map(Text("lease"), Text(lease))), .. Message([])];
            await script.SendAsync(TransferFrame(0, 1, i, settle));
            AmqpAnswer answer = await script.UntilAsync(Disposition);
            Assert.NotEmpty(AmqpAnswer.ConditionOf(answer[4]));
        }

        await using MqttScript mqtt = await MqttScript.ConnectAsync(_gateway, 5, id, key);
        await mqtt.Wire.SendAsync(MqttBytes.Subscribe(5, 1, "mailbox/#"));
        await mqtt.UntilAsync(MqttBytes.SubAck);
        foreach (string verb in verbs)
        {
            await mqtt.Wire.SendAsync(MqttBytes.PublishPacket(5, $"mailbox/settle/{lease}/{verb}", 1, 2));
            Assert.InRange((await mqtt.UntilAsync(MqttBytes.PubAck))[2], 0x80, 0xff);
        }

        Assert.True(held.Accept());
        Assert.Equal([("secret", "accepted", 1)], await Reading.OutcomesAsync(_gateway, victim, 1));
    });

    [Fact]
    public Task Nobody_can_speak_in_the_name_of_another() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string victim, _) = await AbuseFixture.NewDeviceAsync(_gateway);
        (string id, string key) = await AbuseFixture.NewDeviceAsync(_gateway);
        await using AmqpScript script = await AmqpScript.OpenAsync(_gateway, id, key);
        await script.BeginAsync();
        await script.AttachSenderAsync();
        byte[] forged =
        [
            .. Section(0x72, Map(Symbol("x-opt-restante-device"), Text(victim))),
            .. Section(0x73, List(Text("m"), Binary(Encoding.ASCII.GetBytes(victim)), Text($"devices/{victim}"))),
            .. Section(0x74, Map(Text("device"), Text(victim))),
            .. Message("forged over AMQP"u8.ToArray()),
        ];
        await script.SendAsync(TransferFrame(0, 0, 0, forged));
        await script.UntilAsync(Disposition);
        await using MqttScript mqtt = await MqttScript.ConnectAsync(_gateway, 5, id, key);
        await mqtt.Wire.SendAsync(MqttBytes.PublishPacket(
            5, "telemetry", 1, 1, "forged over MQTT"u8.ToArray(), MqttBytes.UserProperty("device", victim), MqttBytes.UserProperty("x-opt-restante-device", victim)));
        await mqtt.UntilAsync(MqttBytes.PubAck);
        Assert.Equal(["forged over AMQP", "forged over MQTT"], await Reading.TelemetryAsync(_gateway, id));
        Assert.Empty(await Reading.TelemetryAsync(_gateway, victim));
    });

    private static byte[] Section(byte code, byte[] value) => [0x00, 0x53, code, .. value];

    // The link is refused as the specification has it: an attach without its terminus, then a detach with the error. [AMQP 2.6.3]
    private static async Task<string> RefusedAsync(AmqpScript script, byte[] attach, int terminus)
    {
        await script.SendAsync(attach);
        Assert.Null((await script.UntilAsync(Attach))[terminus]);
        string condition = (await script.UntilAsync(Detach)).Condition;
        await script.SendAsync(DetachFrame(0, 0));
        return condition;
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string method, string place)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), place);
        if (method is "post" or "patch" or "put")
            request.Content = GatewayProcess.Json("{}");
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.DoesNotContain("secret", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        return response.StatusCode;
    }

    // What of a device was refused, as the audit log has it; each with its address.
    private async Task<List<(string Act, string Protocol, string Result)>> AuditedAsync(string device)
    {
        var audited = new List<(string, string, string)>();
        foreach (string line in (await _gateway.Http.GetStringAsync("/v1/audit/export")).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            JsonElement root = entry.RootElement;
            if (!root.TryGetProperty("name", out JsonElement name) || name.GetString() != device)
                continue;
            Assert.Equal("device", root.GetProperty("by").GetString());
            Assert.False(string.IsNullOrEmpty(root.GetProperty("peer").GetString()));
            Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
            audited.Add((root.GetProperty("act").GetString()!, root.GetProperty("protocol").GetString()!, root.GetProperty("result").GetString()!));
        }

        return audited;
    }

    private async Task<string[]> WaitingAsync(string device)
    {
        using JsonDocument page = JsonDocument.Parse(await _gateway.Http.GetStringAsync($"/v1/devices/{device}/mailbox"));
        return [.. page.RootElement.GetProperty("items").EnumerateArray().Select(static item => item.GetProperty("body").GetString()!)];
    }
}
