using System.Diagnostics;
using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Bench.Measuring;
using Restante.Client.Amqp;

namespace Restante.Bench.Loads;

/// <summary>
/// Devices ask, handlers accept and answer at once, all durable: from the device's question to the answer in its mailbox, first one in
/// flight, then each device with one.
/// </summary>
internal static class InquiryLoad
{
    private const int WarmUpSeconds = 8;
    private const string Subject = "bench";

    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        Fleet.CheckDescriptors(options.Devices);
        await Fleet.RegisterAsync(server, options.Devices);
        using var end = new CancellationTokenSource();
        var handlers = new List<AmqpClient>();
        for (int i = 0; i < Math.Max(1, options.Handlers); i++)
            handlers.Add(await HandleAsync(server, i, end.Token));
        FleetDevice[] devices = await FleetDevice.OpenAllAsync(server, options, 0, options.Devices, credit: 10);
        byte[] body = new byte[options.SizeBytes];
        string run = Guid.NewGuid().ToString("N")[..8];
        Task<long> AskAsync(int count, int seconds, string part, Histogram histogram) =>
            AskAllAsync(devices.AsMemory(0, count), seconds, $"{run}-{part}", body, histogram);

        await AskAsync(options.Devices, Math.Min(WarmUpSeconds, options.Seconds), "w", new Histogram());
        foreach ((int count, string name) in new[] { (1, "one in flight"), (options.Devices, "each device one in flight") })
        {
            var histogram = new Histogram();
            GatewayMetrics before = await server.MetricsAsync();
            TimeSpan cpu = server.ProcessorTime();
            long start = Stopwatch.GetTimestamp();
            long asked = await AskAsync(count, options.Seconds, count.ToString(CultureInfo.InvariantCulture), histogram);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            TimeSpan used = server.ProcessorTime() - cpu;
            GatewayMetrics after = await server.MetricsAsync();
            report.Latency(name, histogram);
            report.Add($"{name}, answered", "per second", asked / seconds);
            report.Add($"{name}, server CPU", "µs per inquiry", used.TotalMicroseconds / Math.Max(1, asked));
            double each = Math.Max(1, asked);
            report.AddKnown($"{name}, durable writes", "commits per inquiry", after.Since(before, GatewayMetrics.Commits) / each);
            report.AddKnown($"{name}, server allocation", "bytes per inquiry", after.Since(before, GatewayMetrics.Allocated) / each);
        }

        await end.CancelAsync();
        foreach (FleetDevice device in devices)
            device.Abort();
        foreach (AmqpClient handler in handlers)
            handler.Abort();
    }

    /// <returns>How many were answered.</returns>
    private static async Task<long> AskAllAsync(
        ReadOnlyMemory<FleetDevice> devices, int seconds, string prefix, byte[] body, Histogram histogram)
    {
        long stop = Stopwatch.GetTimestamp() + (seconds * Stopwatch.Frequency);
        var asking = new List<Task<long>>();
        for (int i = 0; i < devices.Length; i++)
        {
            FleetDevice device = devices.Span[i];
            asking.Add(Task.Run(() => AskOneAsync(device, stop, prefix, body, histogram)));
        }

        return (await Task.WhenAll(asking)).Sum();
    }

    private static async Task<long> AskOneAsync(FleetDevice device, long stop, string prefix, byte[] body, Histogram histogram)
    {
        long asked = 0;
        for (long now = Stopwatch.GetTimestamp(); now < stop; now = Stopwatch.GetTimestamp())
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{asked++}");
            Task stored = device.AskAsync(Subject, id, body, CancellationToken.None);
            Mail answer = await device.ReceiveAsync(CancellationToken.None);
            histogram.Record(Stopwatch.GetElapsedTime(now));
            answer.Accept();
            await stored;
        }

        return asked;
    }

    private static async Task<AmqpClient> HandleAsync(ServerUnderTest server, int number, CancellationToken end)
    {
        AmqpClient client = await AmqpClient.ConnectAsync(server.Network, server.Service(), $"bench-handler-{number}", end);
        AmqpSender answers = await client.OpenSenderAsync("answers", end);
        AmqpReceiver questions = await client.OpenReceiverAsync($"inquiries/{Subject}", 100, end);
        _ = AnswerAsync(questions, answers, end);
        return client;
    }

    private static async Task AnswerAsync(AmqpReceiver questions, AmqpSender answers, CancellationToken end)
    {
        try
        {
            while (true)
            {
                AmqpReceived question = await questions.ReceiveAsync(end);
                question.Accept();
                AmqpMessage answer = AmqpMessage.FromData(question.Message.Data);
                answer.Properties = new MessageProperties { CorrelationId = question.Message.Properties!.CorrelationId };
                answer.ApplicationProperties = new AmqpMap { ["final"] = true };
                _ = answers.SendAsync(answer);
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }
}
