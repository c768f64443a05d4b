using System.CommandLine;
using Restante.Bench.Loads;
using Restante.Bench.Measuring;
using Restante.Client;

namespace Restante.Bench;

/// <summary><c>restante bench</c>: measures a gateway from a process of its own.</summary>
public static class BenchCommands
{
    /// <summary>Makes the command.</summary>
    public static Command Create() => new("bench", "Measure a gateway: one at an address, or one started for it.")
    {
        Load(
            "idle",
            "Idle TLS devices with their mailbox attached: memory each, handshakes a second, CPU per handshake.",
            IdleLoad.RunAsync, devices: 1_000),
        Load(
            "latency",
            "Service to device, durable: one in flight, then at a rate.",
            LatencyLoad.RunAsync, devices: 10, size: 100, rate: 2_000),
        Load(
            "telemetry",
            "Durable telemetry: messages a second and CPU per message.",
            TelemetryLoad.RunAsync, devices: 100, size: 200, window: 10),
        Load(
            "mailboxes",
            "Waiting mail: enqueue rate, memory per message, restart time.",
            MailboxLoad.RunAsync, devices: 10_000, messages: 10, size: 300, window: 1_000),
        Load(
            "registry",
            "A fleet imported, imported once more, exported with its keys; memory and disk per device, restart time.",
            RegistryLoad.RunAsync, devices: 100_000),
        Load(
            "broadcast",
            "One notification to all connected devices: durable writes, time to the devices, CPU and allocation for each.",
            BroadcastLoad.RunAsync, devices: 10_000, messages: 5, size: 100),
        Load(
            "inquiries",
            "Device asks, handler answers, durable: one in flight, then one for each device.",
            InquiryLoad.RunAsync, devices: 100, size: 100),
    };

    private static Command Load(
        string name,
        string description,
        Func<ServerUnderTest, BenchOptions, Report, Task> run,
        int devices,
        int messages = 0,
        int size = 0,
        int window = 0,
        int rate = 0)
    {
        var flags = new BenchFlags(devices, messages, size, window, rate);
        var command = new Command(name, description);
        flags.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            try
            {
                BenchOptions options = flags.Read(parsed);
                var report = new Report($"restante bench {name}, {options.Protocol}{(options.Plain ? " without TLS" : " over TLS")}");
                for (int round = 0; round < options.Rounds; round++)
                {
                    await using ServerUnderTest server = await ServerUnderTest.OpenAsync(options);
                    await run(server, options, report);
                }

                report.Print(options.Json);
                return 0;
            }
            catch (Exception e) when (e is BenchException or ClientException or HttpRequestException or IOException)
            {
                await Console.Error.WriteLineAsync($"restante bench: {e.Message}");
                return 1;
            }
        });
        return command;
    }
}
