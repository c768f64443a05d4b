using System.Text.Json;
using Restante.Cli.Tests.Hosting;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Storage.Conformance;

namespace Restante.Cli.Tests;

/// <summary>The commands against the real REST head over TLS, found through a data directory.</summary>
public sealed class EndToEndTests
{
    [Fact]
    public async Task Devices_are_added_listed_shown_disabled_enabled_and_removed()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (int code, string output, string error) = await cli.RunAsync("device", "add", "truck-17");
        Assert.True(code == 0, error);
        DeviceRecord device = (await gateway.Gateway.Devices.FindAsync("truck-17")).Value!;
        Assert.Contains(device.PrimaryKey.Reveal(), output, StringComparison.Ordinal);
        Assert.Contains(device.SecondaryKey.Reveal(), output, StringComparison.Ordinal);

        (code, output, _) = await cli.RunAsync("device", "add", "a:1", "--disabled", "--output", "json");
        Assert.Equal(0, code);
        Assert.Equal("disabled", Parse(output).GetProperty("status").GetString());
        Assert.Equal(44, Parse(output).GetProperty("keys").GetProperty("primary").GetString()!.Length);

        (code, output, _) = await cli.RunAsync("device", "list");
        Assert.Equal(0, code);
        string[] lines = output.TrimEnd().Split(Environment.NewLine);
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("DEVICE    STATUS    CONNECTED", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("a:1       disabled  no", lines[1], StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("device", "list", "-o", "json");
        Assert.Equal(["a:1", "truck-17"], Parse(output).EnumerateArray().Select(d => d.GetProperty("id").GetString()));

        Assert.Equal(0, (await cli.RunAsync("device", "disable", "truck-17")).Code);
        Assert.Equal(DeviceStatus.Disabled, (await gateway.Gateway.Devices.FindAsync("truck-17")).Value!.Status);
        Assert.Equal(0, (await cli.RunAsync("device", "enable", "truck-17")).Code);
        (_, output, _) = await cli.RunAsync("device", "show", "truck-17", "--output", "json");
        Assert.Equal(("enabled", 3), (Parse(output).GetProperty("status").GetString(), Parse(output).GetProperty("version").GetInt32()));

        Assert.Equal(0, (await cli.RunAsync("device", "remove", "a:1")).Code);
        (code, _, error) = await cli.RunAsync("device", "show", "a:1");
        Assert.Equal((int)ExitCode.NotFound, code);
        Assert.Contains("There is no device 'a:1'.", error, StringComparison.Ordinal);
        (code, _, error) = await cli.RunAsync("device", "add", "truck-17");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("already", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_is_drawn_in_a_terminal_and_an_empty_list_says_how_to_begin()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli(isTerminal: true);
        Assert.Contains("restante device add", (await cli.RunAsync("device", "list")).Out, StringComparison.Ordinal);
        await gateway.AddDeviceAsync("d");
        Assert.Contains("│", (await cli.RunAsync("device", "list")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_are_shown_and_rotated()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord before = await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        Assert.Contains(before.PrimaryKey.Reveal(), (await cli.RunAsync("device", "keys", "show", "d")).Out, StringComparison.Ordinal);
        string secondary = (await cli.RunAsync("device", "keys", "show", "d", "--slot", "secondary")).Out;
        Assert.Equal(before.SecondaryKey.Reveal(), secondary.TrimEnd());
        (int code, string output, _) = await cli.RunAsync("device", "keys", "rotate", "d", "--slot", "secondary", "-o", "json");
        DeviceRecord after = (await gateway.Gateway.Devices.FindAsync("d")).Value!;
        Assert.Equal(0, code);
        Assert.Equal(before.PrimaryKey, after.PrimaryKey);
        Assert.NotEqual(before.SecondaryKey, after.SecondaryKey);
        Assert.Contains(after.SecondaryKey.Reveal(), output, StringComparison.Ordinal);
        string chosen = SymmetricKey.Generate().Reveal();
        Assert.Equal(0, (await cli.RunAsync("device", "keys", "rotate", "d", "--new-key", chosen)).Code);
        Assert.Equal(chosen, (await gateway.Gateway.Devices.FindAsync("d")).Value!.PrimaryKey.Reveal());
    }

    [Fact]
    public async Task Why_answers_in_a_sentence_and_tells_the_facts_and_history_those_of_a_device()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("truck-17");
        Hosting.Cli cli = gateway.Cli();
        (_, string output, _) = await cli.RunAsync("send", "truck-17", "x", "-o", "json");
        string id = Parse(output).GetProperty("id").GetString()!;
        (int code, output, string error) = await cli.RunAsync("why", id);
        Assert.True(code == 0, error);
        string[] lines = output.TrimEnd().Split(Environment.NewLine);
        Assert.StartsWith($"Command {id} for truck-17 has waited ", lines[0], StringComparison.Ordinal);
        Assert.Contains(": the device has not been connected since it was created at ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.Contains($"Z  Command {id} was taken from 'admin'", StringComparison.Ordinal));

        await gateway.SettleNextAsync(device, SettleVerb.Reject, "door blocked");
        (_, output, _) = await cli.RunAsync("why", id, "-o", "json");
        Assert.Equal("rejected", Parse(output).GetProperty("outcome").GetString());
        Assert.Contains("door blocked", Parse(output).GetProperty("sentence").GetString(), StringComparison.Ordinal);

        (code, output, _) = await cli.RunAsync("history", "truck-17");
        Assert.Equal(0, code);
        lines = output.TrimEnd().Split(Environment.NewLine);
        Assert.EndsWith("The device was created.", lines[0], StringComparison.Ordinal);
        Assert.Contains($"Message {id} was handed out", lines[1], StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("history", "truck-17", "--count", "1", "-o", "json");
        Assert.Equal("handed-out", Assert.Single(Parse(output).EnumerateArray()).GetProperty("event").GetString());
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("why", "4711")).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("history", "nobody")).Code);
        Assert.Equal((int)ExitCode.Usage, (await cli.RunAsync("history", "truck-17", "--count", "0")).Code);
    }

    [Fact]
    public async Task A_command_is_sent_seen_in_the_mailbox_and_purged()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli(input: "from input");
        (int code, string output, string error) = await cli.RunAsync(
            "send", "d", "@open", "--ttl", "5m", "--message-id", "m1", "--content-type", "text/plain", "--property", "a=1", "-p", "b=x=y", "--subject", "s");
        Assert.True(code == 0, error);
        Assert.Contains("waiting", output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.RunAsync("send", "d", "-")).Code);

        (_, output, _) = await cli.RunAsync("mailbox", "d");
        Assert.Contains("@open", output, StringComparison.Ordinal);
        Assert.Contains("from input", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("mailbox", "d", "-o", "json");
        JsonElement first = Parse(output)[0];
        Assert.Equal(("m1", "text/plain", "s"), (
            first.GetProperty("messageId").GetString(), first.GetProperty("contentType").GetString(), first.GetProperty("subject").GetString()));
        Assert.Equal("x=y", first.GetProperty("properties").GetProperty("b").GetString());

        (code, _, error) = await FullAsync(cli);
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Matches("Try again in ([5-9]|1[0-5]) seconds", error);
        (code, output, _) = await cli.RunAsync("mailbox", "d", "--purge", "-o", "json");
        Assert.Equal("""{"cancelled":3}""", output.TrimEnd());
        Assert.Equal(0, code);
        Assert.NotNull(device);
    }

    [Fact]
    public async Task A_file_is_sent_byte_for_byte()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        string path = Path.Combine(gateway.Directory, "body.bin");
        await File.WriteAllBytesAsync(path, [0, 0xFF, 0x80]);
        Assert.Equal(0, (await gateway.Cli().RunAsync("send", "d", "--file", path)).Code);
        MessageContent content = await gateway.SettleNextAsync(device, SettleVerb.Accept);
        Assert.Equal([0, 0xFF, 0x80], content.Body.ToArray());
        Assert.Equal((int)ExitCode.Usage, (await gateway.Cli().RunAsync("send", "d", "--file", path + ".none")).Code);
    }

    [Theory]
    [InlineData(SettleVerb.Accept, "accepted", ExitCode.Done)]
    [InlineData(SettleVerb.Reject, "rejected", ExitCode.Refused)]
    public async Task Waiting_shows_the_outcome_and_exits_by_it(SettleVerb verb, string outcome, ExitCode expected)
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        Task<MessageContent> settling = gateway.SettleNextAsync(device, verb, "because");
        (int code, string output, _) = await gateway.Cli().RunAsync("send", "d", "x", "--wait", "--output", "json");
        await settling;
        Assert.Equal((int)expected, code);
        Assert.Equal(outcome, Parse(output).GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task A_wait_that_is_over_exits_with_6()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await gateway.AddDeviceAsync("d");
        (int code, string output, _) = await gateway.Cli().RunAsync("send", "d", "x", "--wait", "0.05");
        Assert.Equal((int)ExitCode.StillOpen, code);
        Assert.Contains("still open", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Telemetry_events_and_outcomes_are_watched()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        DeviceRecord device = await gateway.AddDeviceAsync("d");
        Hosting.Cli cli = gateway.Cli();
        await gateway.PublishAsync(device, "one\u001b[2J", "climate");
        await gateway.PublishAsync(device, "two");
        (int code, string output, _) = await cli.RunAsync("watch", "telemetry", "--from", "earliest", "--count", "2");
        Assert.Equal(0, code);
        Assert.Contains("d  climate  one\\u001b[2J", output, StringComparison.Ordinal);
        Assert.Contains("d  -  two", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("watch", "telemetry", "--from", "earliest", "-n", "2", "-o", "json");
        Assert.Equal(["one\u001b[2J", "two"], output.TrimEnd().Split(Environment.NewLine).Select(l => Parse(l).GetProperty("body").GetString()));

        (code, output, _) = await cli.RunAsync("watch", "events", "--from", "earliest", "--count", "1", "-o", "json");
        Assert.Equal("created", Parse(output).GetProperty("channel").GetString());

        await cli.RunAsync("send", "d", "x");
        await gateway.SettleNextAsync(device, SettleVerb.Reject, "no");
        (code, output, _) = await cli.RunAsync("watch", "outcomes", "--from", "earliest", "--count", "1");
        Assert.Equal(0, code);
        Assert.EndsWith("rejected  no", output.TrimEnd(), StringComparison.Ordinal);
        (code, _, string error) = await cli.RunAsync("watch", "telemetry", "--from", "yesterday");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("earliest, latest", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policies_are_added_used_listed_and_removed()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (int code, string output, string error) = await cli.RunAsync("policy", "add", "backend", "--rights", "send,registry-read", "-o", "json");
        Assert.True(code == 0, error);
        string key = Parse(output).GetProperty("keys").GetProperty("secondary").GetString()!;
        Assert.Equal(0, (await cli.RunAsync("device", "list", "--policy", "backend", "--key", key)).Code);
        (code, _, error) = await cli.RunAsync("device", "add", "d", "--policy", "backend", "--key", key);
        Assert.Equal((int)ExitCode.NotAuthorized, code);
        Assert.Contains("registry-write", error, StringComparison.Ordinal);
        Assert.Contains("admin, ", "admin, " + (await cli.RunAsync("policy", "list")).Out, StringComparison.Ordinal);
        Assert.Contains("registry-read, send", (await cli.RunAsync("policy", "list")).Out, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.RunAsync("policy", "remove", "backend")).Code);
        (code, _, error) = await cli.RunAsync("device", "list", "--policy", "backend", "--key", key);
        Assert.Equal((int)ExitCode.NotAuthorized, code);
        Assert.DoesNotContain(key, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_needs_no_key()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        File.Delete(Path.Combine(gateway.Directory, "admin.key"));
        (int code, string output, _) = await gateway.Cli().RunAsync("health");
        Assert.Equal((0, $"{gateway.Url} is ready."), (code, output.TrimEnd()));
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told_from_a_gateway_that_is_not_there()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        (int code, _, string error) = await gateway.Cli().RunAsync("health", "--ca", "system");
        Assert.Equal((int)ExitCode.Unreachable, code);
        Assert.Contains("--ca", error, StringComparison.Ordinal);
        (code, _, error) = await gateway.Cli().RunAsync("health", "--url", gateway.Url.Replace("localhost", "127.0.0.1", StringComparison.Ordinal));
        Assert.Equal((int)ExitCode.Unreachable, code);
        Assert.Contains("not for this name", error, StringComparison.Ordinal);
        (code, _, error) = await gateway.Cli().RunAsync("health", "--url", "https://localhost:1");
        Assert.Equal((int)ExitCode.Unreachable, code);
        Assert.Contains("restante serve", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Out, string Error)> FullAsync(Hosting.Cli cli)
    {
        Assert.Equal(0, (await cli.RunAsync("send", "d", "3")).Code);
        return await cli.RunAsync("send", "d", "4");
    }

    private static JsonElement Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
