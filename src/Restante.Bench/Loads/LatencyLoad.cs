using System.Buffers.Binary;
using System.Diagnostics;
using Restante.Amqp.Messaging;
using Restante.Bench.Measuring;
using Restante.Client.Amqp;

namespace Restante.Bench.Loads;

/// <summary>
/// Commands from a service to connected devices, durable: from the service's send to the device's receive, first one in flight, then at
/// a rate.
/// </summary>
internal static class LatencyLoad
{
    private const int WarmUpSeconds = 8;

    public static async Task RunAsync(ServerUnderTest server, BenchOptions options, Report report)
    {
        await Fleet.RegisterAsync(server, options.Devices);
        using var end = new CancellationTokenSource();
        var arrivals = new Arrivals();
        for (int number = 0; number < options.Devices; number++)
            _ = ListenAsync(await FleetDevice.OpenAsync(server, options, Fleet.Id(number), 100, end.Token), arrivals, end.Token);
        await using AmqpClient service = await AmqpClient.ConnectAsync(server.Network, server.Service(), "bench-latency", end.Token);
        AmqpSender commands = await service.OpenSenderAsync("devices", end.Token);

        // Code that runs for the first times is not what is measured: for some seconds the compilers of both processes work beside them.
        long warm = Stopwatch.GetTimestamp() + (WarmUpSeconds * Stopwatch.Frequency);
        for (int i = 0; Stopwatch.GetTimestamp() < warm; i++)
            await SendOneAsync(commands, Fleet.Id(i % options.Devices), options, arrivals);

        Histogram alone = arrivals.Begin();
        TimeSpan cpu = server.ProcessorTime();
        long stop = Stopwatch.GetTimestamp() + (options.Seconds * Stopwatch.Frequency);
        for (int i = 0; Stopwatch.GetTimestamp() < stop; i++)
            await SendOneAsync(commands, Fleet.Id(i % options.Devices), options, arrivals);
        report.Latency("one in flight", alone);
        report.Add("one in flight, rate", "per second", alone.Count / (double)options.Seconds);
        TimeSpan used = server.ProcessorTime() - cpu;
        report.Add("one in flight, server CPU", "µs per command", used.TotalMicroseconds / Math.Max(1, alone.Count));

        if (options.Rate > 0)
            await AtRateAsync(server, options, commands, arrivals, report);
        await end.CancelAsync();
    }

    private static async Task AtRateAsync(
        ServerUnderTest server, BenchOptions options, AmqpSender commands, Arrivals arrivals, Report report)
    {
        Histogram histogram = arrivals.Begin();
        TimeSpan cpu = server.ProcessorTime();
        long start = Stopwatch.GetTimestamp();
        var sends = new List<Task>();
        long total = (long)options.Rate * options.Seconds;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        for (long sent = 0; sent < total && await timer.WaitForNextTickAsync();)
        {
            long due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * options.Rate);
            for (; sent < Math.Min(due, total); sent++)
                sends.Add(commands.SendAsync(Command(Fleet.Id((int)(sent % options.Devices)), options.SizeBytes)));
            if (sends.Count > 5_000)
            {
                sends.RemoveAll(s => s.IsCompletedSuccessfully);
                if (sends.Count > 5_000)
                    await Task.WhenAll(sends);
            }
        }

        await Task.WhenAll(sends);
        await arrivals.WaitForAsync(total);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.Latency($"at {options.Rate} per second", histogram);
        report.Add("at a rate, reached", "per second", total / seconds);
        report.Add("at a rate, server CPU", "µs per command", (server.ProcessorTime() - cpu).TotalMicroseconds / total);
    }

    private static async Task SendOneAsync(AmqpSender commands, string device, BenchOptions options, Arrivals arrivals)
    {
        Task arrived = arrivals.Next();
        Task<DeliveryState?> acknowledged = commands.SendAsync(Command(device, options.SizeBytes));
        await arrived;
        await acknowledged;
    }

    // The body begins with the time of sending, on this process's own clock.
    private static AmqpMessage Command(string device, int size)
    {
        byte[] body = new byte[Math.Max(size, 8)];
        BinaryPrimitives.WriteInt64BigEndian(body, Stopwatch.GetTimestamp());
        AmqpMessage message = AmqpMessage.FromData(body);
        message.Properties = new MessageProperties { To = device };
        return message;
    }

    private static async Task ListenAsync(FleetDevice device, Arrivals arrivals, CancellationToken end)
    {
        try
        {
            while (true)
            {
                Mail mail = await device.ReceiveAsync(end);
                arrivals.Arrived(mail.Body.Span);
                mail.Accept();
            }
        }
        catch (OperationCanceledException)
        {
            // The round is over.
        }
    }

    private sealed class Arrivals
    {
        private readonly Lock _gate = new();
        private Histogram _histogram = new();
        private TaskCompletionSource? _next;
        private TaskCompletionSource? _all;
        private long _wanted;

        public Histogram Begin()
        {
            lock (_gate)
                return _histogram = new Histogram();
        }

        public Task Next()
        {
            lock (_gate)
                return (_next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }

        public Task WaitForAsync(long count)
        {
            lock (_gate)
            {
                _wanted = count;
                _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (_histogram.Count >= count)
                    _all.TrySetResult();
                return _all.Task;
            }
        }

        public void Arrived(ReadOnlySpan<byte> body)
        {
            TimeSpan took = Stopwatch.GetElapsedTime(BinaryPrimitives.ReadInt64BigEndian(body));
            lock (_gate)
            {
                _histogram.Record(took);
                _next?.TrySetResult();
                if (_all is not null && _histogram.Count >= _wanted)
                    _all.TrySetResult();
            }
        }
    }
}
