using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Cli.Commands;
using Restante.Cli.Tests.Hosting;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Cli.Tests;

/// <summary>Terms of commands, reports, notifications, tags, state, dead letters and jobs, against the real REST head.</summary>
public sealed class PatternTests
{
    [Fact]
    public async Task A_command_waits_for_its_time_is_replaced_sent_once_and_cancelled()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        DateTimeOffset earliest = DateTimeOffset.UtcNow.AddHours(2).AddSeconds(-1);
        string first = await SendAsync(cli, "send", "d", "one", "--not-before", "2h", "--replace-key", "k", "--shelve-expired", "--message-id", "m1");
        CommandFacts sent = await FindAsync(gateway, first);
        Assert.InRange(sent.NotBefore, earliest, earliest.AddMinutes(2));
        Assert.Equal("k", sent.ReplaceKey);

        (int code, string output, _) = await cli.RunAsync("send", "d", "one", "--message-id", "m1");
        Assert.Equal(0, code);
        Assert.Contains(first, output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.StillOpen, (await cli.RunAsync("send", "d", "one", "--message-id", "m1", "--wait", "0.01")).Code);

        DateTimeOffset tomorrow = DateTimeOffset.FromUnixTimeSeconds(earliest.AddDays(1).ToUnixTimeSeconds()).ToOffset(TimeSpan.FromHours(1));
        string time = tomorrow.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        string second = await SendAsync(cli, "send", "d", "two", "--not-before", time, "--replace-key", "k");
        Assert.Equal(tomorrow, (await FindAsync(gateway, second)).NotBefore);
        Assert.Equal(second, Assert.Single(Parse((await cli.RunAsync("mailbox", "d", "-o", "json")).Out).EnumerateArray()).GetProperty("id").GetString());

        (code, output, _) = await cli.RunAsync("cancel", second);
        Assert.Equal((0, $"Cancelled {second}."), (code, output.TrimEnd()));
        (code, _, string error) = await cli.RunAsync("cancel", second);
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("cancelled", error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("cancel", "4711")).Code);
    }

    [Fact]
    public async Task Reports_are_listed_and_followed_to_the_final_one()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli(isTerminal: true);
        string id = await SendAsync(gateway.Cli(), "send", "d", "x");
        Assert.Contains("not reported", (await cli.RunAsync("reports", id)).Out, StringComparison.Ordinal);
        await gateway.SettleNextAsync(device, SettleVerb.Accept);
        Task<(int Code, string Out, string Error)> following = cli.RunAsync("reports", id, "--follow");
        await ReportAsync(gateway, device, id, "half\u001b[1m", isFinal: false);
        await ReportAsync(gateway, device, id, "whole", isFinal: true);
        (int code, string output, string error) = await following;
        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split(Environment.NewLine);
        Assert.EndsWith("1  -  half\\u001b[1m", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("2  final  whole", lines[1], StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("reports", id, "-o", "json");
        Assert.Equal([false, true], Parse(output).EnumerateArray().Select(r => r.GetProperty("final").GetBoolean()));
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("reports", "4711")).Code);
    }

    [Fact]
    public async Task Waiting_for_the_report_shows_it_and_a_rejection_that_no_report_follows()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        string id = await SendAsync(cli, "send", "d", "x", "--message-id", "m");
        await gateway.SettleNextAsync(device, SettleVerb.Accept);
        string[] again = ["send", "d", "x", "--message-id", "m", "--wait", "--report"];
        await ReportAsync(gateway, device, id, "open", isFinal: true);
        (int code, string output, string error) = await cli.RunAsync(again);
        Assert.True(code == 0, error);
        Assert.Contains("report   open", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync([.. again, "-o", "json"]);
        Assert.Equal("open", Parse(output).GetProperty("report").GetProperty("body").GetString());

        Task<MessageContent> settling = gateway.SettleNextAsync(device, SettleVerb.Reject, "stuck");
        (code, output, _) = await cli.RunAsync("send", "d", "y", "--wait", "--report");
        await settling;
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("stuck", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tags_groups_and_gateway_are_given_changed_and_asked_for()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await gateway.AddDeviceAsync("box");
        Hosting.Cli cli = gateway.Cli();
        (int code, _, string error) = await cli.RunAsync(
            "device", "add", "bus", "--tag", "city=Oslo", "--tag", "air.level=2", "--group", "buses", "--group", "old", "--gateway", "box");
        Assert.True(code == 0, error);
        (code, string output, error) = await cli.RunAsync(
            "device", "change", "bus", "--tag", "air.kind=NO2", "--no-tag", "city", "--group", "red", "--no-group", "old");
        Assert.True(code == 0, error);
        Assert.Contains("""{"air":{"level":2,"kind":"NO2"}}""", output, StringComparison.Ordinal);
        Assert.Contains("buses, red", output, StringComparison.Ordinal);
        Assert.Contains("gateway    box", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("device", "list", "--query", "tags.air.level > 1 and groups has 'red'", "-o", "json");
        Assert.Equal("bus", Assert.Single(Parse(output).EnumerateArray()).GetProperty("id").GetString());
        (_, output, _) = await cli.RunAsync("device", "change", "bus", "--no-gateway", "-o", "json");
        Assert.False(Parse(output).TryGetProperty("gateway", out _));
        Assert.Equal("NO2", Parse(output).GetProperty("tags").GetProperty("air").GetProperty("kind").GetString());
        (code, _, error) = await cli.RunAsync("device", "list", "--query", "tags.city =");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("expected", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_is_sent_shown_listed_and_recalled()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        await cli.RunAsync("device", "add", "a", "--tag", "city=Oslo");
        await cli.RunAsync("device", "add", "b", "--tag", "city=Bergen");
        DeviceRecord device = (await gateway.Gateway.Devices.FindAsync("a")).Value!;
        (int code, string output, string error) = await cli.RunAsync(
            "notify", "stay in", "--audience", "tags.city = 'Oslo'", "--ttl", "5m", "--message-id", "n1", "-o", "json");
        Assert.True(code == 0, error);
        string id = Parse(output).GetProperty("id").GetString()!;
        Assert.Contains("sent before", (await cli.RunAsync(
            "notify", "stay in", "--audience", "tags.city = 'Oslo'", "--message-id", "n1")).Out, StringComparison.Ordinal);
        Assert.Contains("No device", (await cli.RunAsync("notify", "x", "--group", "nobody")).Out, StringComparison.Ordinal);

        Assert.Equal("stay in", Encoding.UTF8.GetString((await gateway.SettleNextAsync(device, SettleVerb.Accept)).Body.Span));
        (_, output, _) = await cli.RunAsync("notification", "show", id, "-o", "json");
        Assert.Equal((1, 1), (Parse(output).GetProperty("matching").GetInt32(), Parse(output).GetProperty("accepted").GetInt32()));
        (_, output, _) = await cli.RunAsync("notification", "devices", id);
        Assert.StartsWith("a       accepted", output.TrimEnd().Split(Environment.NewLine)[1], StringComparison.Ordinal);
        Assert.Equal(3, (await cli.RunAsync("notification", "list")).Out.TrimEnd().Split(Environment.NewLine).Length);
        (code, output, _) = await cli.RunAsync("notification", "recall", id);
        Assert.Equal(0, code);
        Assert.Contains("recalled", output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Refused, (await cli.RunAsync("notification", "recall", id)).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("notification", "show", "4711")).Code);
    }

    [Fact]
    public async Task Desired_state_is_merged_replaced_and_shown()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        Assert.Equal(0, (await cli.RunAsync("state", "d", "--desired", """{"a":1,"b":2}""")).Code);
        (int code, string output, string error) = await cli.RunAsync("state", "d", "--desired", """{"a":null,"c":3}""", "-o", "json");
        Assert.True(code == 0, error);
        Assert.Equal("""{"b":2,"c":3}""", Parse(output).GetProperty("content").GetRawText());
        Assert.Equal(0, (await cli.RunAsync("state", "d", "--desired", "{}", "--replace")).Code);
        (_, output, _) = await cli.RunAsync("state", "d");
        Assert.Contains("desired   {}", output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("state", "nobody")).Code);
    }

    [Fact]
    public async Task Dead_letters_are_listed_sent_again_and_deleted()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        string[] ids = new string[3];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = await SendAsync(cli, "send", "d", $"{i}");
        foreach (string _ in ids)
            await gateway.SettleNextAsync(device, SettleVerb.Reject, "not now");
        string[] lines = (await cli.RunAsync("dead-letters", "list", "d")).Out.TrimEnd().Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.Contains("rejected", lines[1], StringComparison.Ordinal);
        string again = await SendAsync(cli, "dead-letters", "resend", "d", ids[0], "--ttl", "1h");
        Assert.Equal(again, Assert.Single(Parse((await cli.RunAsync("mailbox", "d", "-o", "json")).Out).EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(0, (await cli.RunAsync("dead-letters", "delete", "d", ids[1])).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("dead-letters", "delete", "d", ids[1])).Code);
        Assert.Equal("""{"deleted":1}""", (await cli.RunAsync("dead-letters", "delete", "d", "--all", "-o", "json")).Out.TrimEnd());
    }

    [Fact]
    public async Task A_job_is_started_listed_shown_and_cancelled()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        string id = await SendAsync(
            cli, "job", "start", "update", "--audience", "id = 'd'", "--at", "2h", "--rate", "5", "--abort-after", "3", "--abort-percent", "10");
        (int code, string output, string error) = await cli.RunAsync("job", "show", id);
        Assert.True(code == 0, error);
        Assert.Contains("scheduled", output, StringComparison.Ordinal);
        Assert.Contains("1 expected", output, StringComparison.Ordinal);
        Assert.Equal(2, (await cli.RunAsync("job", "list")).Out.TrimEnd().Split(Environment.NewLine).Length);
        (code, output, _) = await cli.RunAsync("job", "cancel", id);
        Assert.Equal(0, code);
        Assert.Contains("cancelled", output, StringComparison.Ordinal);
        Assert.Equal("[]", (await cli.RunAsync("job", "refusals", id, "-o", "json")).Out.TrimEnd());
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("job", "show", "4711")).Code);
    }

    [Theory]
    [InlineData("2026-05-01T06:00:00Z", true)]
    [InlineData("2026-05-01T06:00:00.25+02:00", true)]
    [InlineData("90", true)]
    [InlineData("2h", true)]
    [InlineData("2026-05-01T06:00:00", false)]
    [InlineData("2026-05-01", false)]
    [InlineData("06:00", false)]
    [InlineData("-2h", false)]
    [InlineData("", false)]
    public void Moments_are_read(string text, bool isMoment) => Assert.Equal(isMoment, Moments.TryParse(text, DateTimeOffset.UnixEpoch, out _));

    [Theory]
    [InlineData("a=1", """{"k":true,"a":1}""")]
    [InlineData("a=x=y", """{"k":true,"a":"x=y"}""")]
    [InlineData("a=", """{"k":true,"a":""}""")]
    [InlineData("a=\"1\"", """{"k":true,"a":"1"}""")]
    [InlineData("k.b=[1]", """{"k":{"b":[1]}}""")]
    public void Tags_are_read(string tag, string expected)
    {
        using JsonDocument before = JsonDocument.Parse("""{"k":true,"old":{"x":1}}""");
        Assert.True(TagEdit.IsTag(tag));
        Assert.Equal(expected, TagEdit.Apply(before.RootElement, [tag], ["old", "none.x"]).GetRawText());
    }

    private static async Task<string> SendAsync(Hosting.Cli cli, params string[] line)
    {
        (int code, string output, string error) = await cli.RunAsync([.. line, "-o", "json"]);
        Assert.True(code == 0, error);
        return Parse(output).GetProperty("id").GetString()!;
    }

    private static async Task ReportAsync(RunningGateway gateway, DeviceRecord device, string command, string body, bool isFinal)
    {
        var principal = new DevicePrincipal(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue);
        Assert.True(Sequence.TryParse(command, out Sequence sequence));
        var content = new MessageContent { Body = Encoding.UTF8.GetBytes(body) };
        Assert.True((await gateway.Gateway.Reports.ReportAsync(principal, sequence, content.Encode(), isFinal)).IsSuccess);
    }

    private static async Task<CommandFacts> FindAsync(RunningGateway gateway, string command)
    {
        Assert.True(Sequence.TryParse(command, out Sequence sequence));
        BrowsedMessage found = (await gateway.Gateway.Mailboxes.FindWaitingAsync(sequence)).Value!;
        return new CommandFacts(DateTimeOffset.FromUnixTimeMilliseconds(found.NotBeforeMs), found.ReplaceKey);
    }

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private sealed record CommandFacts(DateTimeOffset NotBefore, string? ReplaceKey);
}
