using System.Diagnostics;
using Restante.Amqp.Messaging;
using Restante.Bench.Measuring;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;

namespace Restante.Bench.Loads;

/// <summary>Devices send telemetry, each with a window of unacknowledged messages; every acknowledgement means stored.</summary>
internal static class TelemetryLoad
{
    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        Fleet.CheckDescriptors(options.Devices);
        await Fleet.RegisterAsync(server, options.Devices);
        byte[] body = new byte[options.SizeBytes];
        new Random(1).NextBytes(body);
        var senders = new List<Func<Task>>();
        var clients = new List<IAsyncDisposable>();
        for (int number = 0; number < options.Devices; number++)
            senders.Add(await OpenAsync(server, options, Fleet.Id(number), body, clients));

        await PumpAsync(senders, options.Window, TimeSpan.FromSeconds(2), new Histogram());
        var histogram = new Histogram();
        TimeSpan cpu = server.ProcessorTime();
        long start = Stopwatch.GetTimestamp();
        await PumpAsync(senders, options.Window, TimeSpan.FromSeconds(options.Seconds), histogram);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.Add("stored", "messages per second", histogram.Count / seconds);
        report.Add("server CPU per message", "µs", (server.ProcessorTime() - cpu).TotalMicroseconds / Math.Max(1, histogram.Count));
        report.Latency("acknowledgement", histogram);
        foreach (IAsyncDisposable client in clients)
            await client.DisposeAsync();
    }

    private static Task PumpAsync(List<Func<Task>> senders, int window, TimeSpan duration, Histogram histogram)
    {
        long stop = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        var pumps = new List<Task>();
        foreach (Func<Task> send in senders)
        {
            for (int i = 0; i < window; i++)
                pumps.Add(Task.Run(() => PumpOneAsync(send, stop, histogram)));
        }

        return Task.WhenAll(pumps);
    }

    private static async Task PumpOneAsync(Func<Task> send, long stop, Histogram histogram)
    {
        for (long now = Stopwatch.GetTimestamp(); now < stop; now = Stopwatch.GetTimestamp())
        {
            await send();
            histogram.Record(Stopwatch.GetElapsedTime(now));
        }
    }

    private static async Task<Func<Task>> OpenAsync(
        ServerUnderTest server, BenchOptions options, string id, byte[] body, List<IAsyncDisposable> clients)
    {
        if (options.Protocol == "mqtt")
        {
            MqttClient mqtt = await MqttClient.ConnectAsync(
                server.Network, server.Mqtt(id, Fleet.Key(id)), new MqttDeviceOptions { ClientId = id }, CancellationToken.None);
            clients.Add(mqtt);
            return () => mqtt.PublishAsync("telemetry", body);
        }

        AmqpClient amqp = await AmqpClient.ConnectAsync(server.Network, server.Amqp(id, Fleet.Key(id)), id, CancellationToken.None);
        clients.Add(amqp);
        AmqpSender sender = await amqp.OpenSenderAsync("telemetry", CancellationToken.None);
        byte[] encoded = AmqpMessage.FromData(body).Encode();
        return () => sender.SendAsync(encoded);
    }
}
