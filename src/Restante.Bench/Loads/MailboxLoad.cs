using System.Diagnostics;
using Restante.Amqp.Messaging;
using Restante.Bench.Measuring;
using Restante.Client.Amqp;

namespace Restante.Bench.Loads;

/// <summary>Mail for devices that are not there: how fast it is taken, what it costs in memory, and how long a restart takes.</summary>
internal static class MailboxLoad
{
    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        await Fleet.RegisterAsync(server, options.Devices);
        await using (AmqpClient service = await AmqpClient.ConnectAsync(
            server.Network, server.Service(), "bench-mailboxes", CancellationToken.None))
        {
            AmqpSender commands = await service.OpenSenderAsync("devices", CancellationToken.None);
            byte[] body = new byte[options.SizeBytes];
            long memory = server.ResidentBytes();
            TimeSpan cpu = server.ProcessorTime();
            long start = Stopwatch.GetTimestamp();
            long total = (long)options.Devices * options.Messages;
            long next = -1;
            async Task PumpAsync()
            {
                for (long n = Interlocked.Increment(ref next); n < total; n = Interlocked.Increment(ref next))
                {
                    AmqpMessage message = AmqpMessage.FromData(body);
                    message.Properties = new MessageProperties { To = Fleet.Id((int)(n % options.Devices)) };
                    DeliveryState? state = await commands.SendAsync(message);
                    if (state is not Accepted)
                        throw new BenchException($"A command was not taken: {state}");
                }
            }

            await Task.WhenAll(Enumerable.Range(0, options.Window).Select(_ => Task.Run(PumpAsync)));
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            report.Add("messages", "waiting", total);
            report.Add("enqueued", "messages per second", total / seconds);
            report.Add("server CPU per message", "µs", (server.ProcessorTime() - cpu).TotalMicroseconds / total);
            report.Add("server memory per message, caches included", "bytes", (server.ResidentBytes() - memory) / (double)total);
        }

        if (!server.IsOwn)
            return;
        TimeSpan took = await server.RestartAsync();
        report.Add("restart until ready", "s", took.TotalSeconds);
        report.Add("server memory after the restart", "MiB", server.ResidentBytes() / 1024.0 / 1024.0);
    }
}
