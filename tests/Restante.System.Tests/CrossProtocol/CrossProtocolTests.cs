using System.Text;
using System.Text.Json;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>
/// Whichever protocols a device and a service speak, in every pattern: it is the same message, with what it carries, and its end is the
/// same.
/// </summary>
[Collection("gateway")]
public sealed class CrossProtocolTests(GatewayFixture fixture)
{
    private const int LifeSeconds = 3_600;

    private readonly GatewayProcess _gateway = fixture.Gateway;

    public static TheoryData<string, string> Pairs => CrossProtocolTest.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_command_and_its_outcome(string device, string service)
    {
        long expiresAtMs = ExpiryMs();
        long before = await LastOutcomeAsync();
        Dictionary<string, string> ids = [];
        Dictionary<string, Letter> letters = [];
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "command", device, service, async test =>
        {
            // The device is away while they are sent.
            foreach (string verb in new[] { "accept", "reject", "renew", "release" })
            {
                Letter letter = (verb == "accept" ? Letter.Packed($"{test.Device}/{verb}") : Letter.Plain($"{test.Device}/{verb}"))
                    .SentBy(test.Inside);
                letters[verb] = letter;
                ids[verb] = await test.Desk.CommandAsync(test.Device, letter, expiresAtMs);
            }
        });

        Arrived first = await test.SettleNextAsync("command", ids["accept"], letters["accept"], "accept", 1);
        if (first.SecondsLeft is long left)
            Assert.InRange(left, 1, LifeSeconds);
        else
            Assert.Equal(expiresAtMs, first.ExpiresAtMs);
        await test.SettleNextAsync("command", ids["reject"], letters["reject"], "reject", 1);
        Arrived renewed = await test.SettleNextAsync("command", ids["renew"], letters["renew"], "renew", 1);
        await renewed.SettleAsync("accept");
        await test.SettleNextAsync("command", ids["release"], letters["release"], "release", 1);
        await test.SettleNextAsync("command", ids["release"], letters["release"], "accept", 2);

        Dictionary<string, JsonElement> outcomes = await OutcomesAsync(before, test.Device, ids.Count, test.Cancellation);
        AssertOutcome(outcomes[ids["accept"]], "accepted", null, 1);
        AssertOutcome(outcomes[ids["reject"]], "rejected", test.Door.Kept, 1);
        AssertOutcome(outcomes[ids["release"]], "accepted", null, 2);
        AssertOutcome(outcomes[ids["renew"]], "accepted", null, 1);
        Assert.All(ids, id => Assert.Equal(letters[id.Key].MessageId, outcomes[id.Value].GetProperty("messageId").GetString()));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Telemetry(string device, string service)
    {
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "telemetry", device, service);
        await test.Desk.FollowTelemetryAsync(test.Cancellation);
        Letter[] sent = [Letter.Plain("t1").SentBy(test.Outside), Letter.Packed("t2").SentBy(test.Outside)];
        foreach (Letter letter in sent)
            await test.Door.SendTelemetryAsync("engine", letter);
        foreach (Letter letter in sent)
        {
            (string? channel, Letter read) = await test.Desk.NextTelemetryAsync(test.Device, test.Cancellation);
            Assert.Equal("engine", channel);
            Letter.AssertSame(letter.SeenBy(test.Inside), read);
        }
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Reports_with_an_end_mark(string device, string service)
    {
        string command = string.Empty;
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "report", device, service, async test =>
            command = await test.Desk.CommandAsync(
                test.Device, new Letter { Body = [], MessageId = test.Device }, ExpiryMs()));
        Letter[] sent = [Letter.Plain("r1").SentBy(test.Outside), Letter.Packed("r2").SentBy(test.Outside)];
        await test.Door.ReportAsync(command, sent[0], isFinal: false);
        await test.Door.ReportAsync(command, sent[1], isFinal: true);

        IReadOnlyList<Reported> reports = await test.Desk.ReportsAsync(command, 2, test.Cancellation);
        Assert.Equal([(1, false), (2, true)], reports.Select(static r => ((int)r.Number, r.IsFinal)));
        Assert.All(reports, r => Assert.Equal(test.Device, r.Device));
        // On AMQP the correlation-id names the command, from whom and to whom it goes.
        bool isNamed = test.Outside == Dialect.Amqp || test.Inside == Dialect.Amqp;
        foreach ((Letter letter, Reported report) in sent.Zip(reports))
            Letter.AssertSame((isNamed ? letter with { CorrelationId = command } : letter).SeenBy(test.Inside), report.Letter);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_inquiry_and_a_stream_of_answers(string device, string service)
    {
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "inquiry", device, service);
        string subject = test.Device;
        Letter question = Letter.Plain("q-1").SentBy(test.Outside);
        await test.Door.AskAsync(subject, question);

        Asked taken = await test.Desk.TakeAsync(subject, test.Cancellation);
        await taken.SettleAsync("release");
        Asked again = await test.Desk.TakeAsync(subject, test.Cancellation);
        Assert.Equal((taken.Number, 2), (again.Number, again.DeliveryCount));
        Assert.Equal(test.Device, again.Device);
        Letter seen = test.Inside == Dialect.Amqp ? question with { CorrelationId = again.Number } : question;
        Letter.AssertSame(seen.SeenBy(test.Inside), again.Letter);
        await again.SettleAsync("accept");

        Letter[] answers = [.. new[] { Letter.Plain("a1"), Letter.Packed("a2"), Letter.Plain("a3") }.Select(a => a.SentBy(test.Inside))];
        for (int i = 0; i < answers.Length; i++)
            await test.Desk.AnswerAsync(again.Number, answers[i], isFinal: i == answers.Length - 1);

        await SettleAnswerAsync(test, answers[0], 1, "accept", 1);
        string rejected = await SettleAnswerAsync(test, answers[1], 2, "reject", 1);
        await SettleAnswerAsync(test, answers[2], 3, "release", 1);
        await SettleAnswerAsync(test, answers[2], 3, "accept", 2);
        JsonElement shelf = await test.UntilAsync(
            $"/v1/devices/{test.Device}/dead-letters", static page => page.GetProperty("items").GetArrayLength() > 0);
        JsonElement letter = Assert.Single(shelf.GetProperty("items").EnumerateArray());
        Assert.Equal("answer", letter.GetProperty("kind").GetString());
        Assert.Equal("rejected", letter.GetProperty("outcome").GetString());
        Assert.Equal(test.Door.Kept, letter.GetProperty("reason").GetString());
        Assert.Equal("a2", letter.GetProperty("messageId").GetString());
        Assert.NotEmpty(rejected);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task An_inquiry_that_the_handler_rejects(string device, string service)
    {
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "rejected", device, service);
        await test.Door.AskAsync(test.Device, Letter.Packed("q-1").SentBy(test.Outside));
        Asked asked = await test.Desk.TakeAsync(test.Device, test.Cancellation);
        await asked.SettleAsync("reject");
        Arrived told = await test.Door.ReceiveAsync(test.Cancellation);
        Assert.Equal("answer", told.Kind);
        Assert.Empty(told.Letter.Body);
        Assert.Equal("true", Letter.TextOf(told.Letter.Properties["final"]));
        Assert.Contains(IDesk.Reason, (string)told.Letter.Properties["error"]!, StringComparison.Ordinal);
        await told.SettleAsync("accept");
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_notification_and_its_delivery_report(string device, string service)
    {
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "notice", device, service);
        string group = test.Device;
        await _gateway.JoinAsync(test.Device, group);
        foreach (string verb in new[] { "accept", "reject", "release", "renew" })
        {
            string name = $"{test.Device}/{verb}";
            Letter letter = (verb == "accept" ? Letter.Packed(name) : Letter.Plain(name)).SentBy(test.Inside);
            if (test.Inside == Dialect.Https)
                letter = letter with { ContentEncoding = null }; // Notifications are wrapped in JSON, which has no word for it.
            string id = await test.Desk.NotifyAsync(group, letter);
            Arrived arrived = await test.SettleNextAsync("notification", id, letter, verb, 1);
            if (verb == "release")
                await test.SettleNextAsync("notification", id, letter, "accept", 2);
            if (verb == "renew")
                await arrived.SettleAsync("accept");

            JsonElement devices = await test.UntilAsync(
                $"/v1/notifications/{id}/devices", static page => page.GetProperty("items").GetArrayLength() > 0);
            JsonElement settled = Assert.Single(devices.GetProperty("items").EnumerateArray());
            Assert.Equal(test.Device, settled.GetProperty("device").GetString());
            AssertOutcome(settled, verb == "reject" ? "rejected" : "accepted", verb == "reject" ? test.Door.Kept : null, verb == "release" ? 2 : 1);
        }
    }

    [Theory]
    [InlineData("Amqp")]
    [InlineData("Mqtt5")]
    [InlineData("Mqtt311")]
    [InlineData("Https")]
    public async Task A_state_document(string device)
    {
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "state", device, "Https");
        const string Desired = """{"rate":5,"fence":{"n":1.5,"open":true,"name":"Grüße 😀"},"list":[1,"x",null]}""";
        using var content = new StringContent(Desired, Encoding.UTF8, "application/merge-patch+json");
        using HttpResponseMessage patched = await _gateway.Http.PatchAsync($"/v1/devices/{test.Device}/state/desired", content);
        Assert.True(patched.IsSuccessStatusCode, await patched.Content.ReadAsStringAsync());
        await test.Door.ReportStateAsync(Desired, test.Cancellation);
        await test.Door.ReportStateAsync("""{"fence":{"open":null},"desiredVersion":1}""", test.Cancellation);
        const string Reported = """{"rate":5,"fence":{"n":1.5,"name":"Grüße 😀"},"list":[1,"x",null],"desiredVersion":1}""";

        JsonElement seen = JsonElement.Parse(await _gateway.Http.GetStringAsync($"/v1/devices/{test.Device}/state"));
        foreach (JsonElement document in new[] { seen, await test.Door.ReadStateAsync(test.Cancellation) })
        {
            AssertPart(document.GetProperty("desired"), 1, Desired);
            AssertPart(document.GetProperty("reported"), 2, Reported);
        }
    }

    [Theory]
    [InlineData("Amqp")]
    [InlineData("Https")]
    public async Task Of_several_properties_with_one_name_the_first_counts(string service)
    {
        await using CrossProtocolTest test = await CrossProtocolTest.StartAsync(_gateway, "twice", nameof(Dialect.Mqtt5), service);
        await test.Desk.FollowTelemetryAsync(test.Cancellation);
        await using MqttScript script = await MqttScript.ConnectAsync(_gateway, 5, test.Device, test.Key);
        await script.Wire.SendAsync(MqttBytes.PublishPacket(
            5, "telemetry", 1, 1, [], MqttBytes.UserProperty("colour", "blue"), MqttBytes.UserProperty("colour", "red")));
        await script.UntilAsync(MqttBytes.PubAck);
        (string? _, Letter letter) = await test.Desk.NextTelemetryAsync(test.Device, test.Cancellation);
        Assert.Equal("blue", letter.Properties["colour"]);
    }

    [Fact]
    public async Task The_documentation_shows_the_text_of_every_type()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Tool.Sources, "..", "..", "docs", "messages.md"));
        Letter letter = Letter.Plain("m");
        foreach (string name in new[] { "whole", "flag", "ratio", "due", "unique", "bytes" })
            Assert.Contains(Letter.TextOf(letter.Properties[name]), page, StringComparison.Ordinal);
    }

    private static long ExpiryMs() => DateTimeOffset.UtcNow.AddSeconds(LifeSeconds).ToUnixTimeMilliseconds();

    private static void AssertPart(JsonElement part, long version, string content)
    {
        Assert.Equal(version, part.GetProperty("version").GetInt64());
        Assert.True(
            JsonElement.DeepEquals(JsonElement.Parse(content), part.GetProperty("content")), part.GetProperty("content").GetRawText());
    }

    // Returns the id of the message.
    private static async Task<string> SettleAnswerAsync(CrossProtocolTest test, Letter sent, int number, string verb, int deliveryCount)
    {
        Arrived arrived = await test.Door.ReceiveAsync(test.Cancellation);
        Assert.Equal("answer", arrived.Kind);
        Assert.Equal(deliveryCount, arrived.DeliveryCount);
        bool isTyped = test.Outside == Dialect.Amqp;
        bool isFinal = number == 3;
        Assert.Equal(isTyped ? (long)number : Letter.TextOf(number), arrived.Letter.Properties["number"]);
        Assert.Equal(isTyped ? isFinal : Letter.TextOf(isFinal), arrived.Letter.Properties["final"]);
        Letter.AssertSame((sent with { CorrelationId = "q-1" }).SeenBy(test.Outside), arrived.Letter.Without("number", "final"));
        await arrived.SettleAsync(verb);
        return arrived.Id;
    }

    private async Task<long> LastOutcomeAsync()
    {
        using JsonDocument page = JsonDocument.Parse(await _gateway.Http.GetStringAsync("/v1/outcomes?after=latest"));
        return page.RootElement.GetProperty("next").GetInt64();
    }

    // The outcomes of one device by command.
    private async Task<Dictionary<string, JsonElement>> OutcomesAsync(long after, string device, int count, CancellationToken cancellation)
    {
        var outcomes = new Dictionary<string, JsonElement>();
        while (outcomes.Count < count)
        {
            using JsonDocument page = JsonDocument.Parse(
                await _gateway.Http.GetStringAsync($"/v1/outcomes?after={after}&wait=20", cancellation));
            foreach (JsonElement item in page.RootElement.GetProperty("items").EnumerateArray())
            {
                if (item.GetProperty("device").GetString() == device)
                    outcomes.Add(item.GetProperty("id").GetString()!, item.Clone());
            }

            after = page.RootElement.GetProperty("next").GetInt64();
        }

        return outcomes;
    }

    private static void AssertOutcome(JsonElement outcome, string expected, string? reason, int deliveryCount)
    {
        Assert.Equal(expected, outcome.GetProperty("outcome").GetString());
        Assert.Equal(deliveryCount, outcome.GetProperty("deliveryCount").GetInt32());
        Assert.Equal(reason, outcome.TryGetProperty("reason", out JsonElement kept) ? kept.GetString() : null);
    }
}
