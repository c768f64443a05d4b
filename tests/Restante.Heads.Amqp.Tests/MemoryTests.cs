using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Devices;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Net;
using Restante.Storage.Conformance;
using Xunit.Abstractions;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Runs alone, as it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Devices = 300;

    /// <summary>Managed bytes that an idle device with its mailbox attached may cost beyond its bare connection.</summary>
    private const int BudgetBytes = 2 * 1024;

    private const int RefusedLinks = 60;

    /// <summary>Managed bytes that a refused link may cost until it is detached, with the peer's own end of it.</summary>
    private const int RefusedBudgetBytes = 8 * 1024;

    [Fact]
    public async Task An_idle_device_with_its_mailbox_attached_keeps_to_its_budget()
    {
        await using var house = new House();
        house.Hooks.DropsEvents = true;
        List<DeviceRecord> records = [];
        for (int i = 0; i < Devices; i++)
            records.Add(await house.DeviceAsync($"device-{i:D6}"));
        await using var host = new NetworkHost(TimeProvider.System, NullLoggerFactory.Instance);
        Listener bareListener = host.Listen(new ListenerOptions { Protocol = "bare", Address = "127.0.0.1" }, connection => new Echo(connection));

        // The same number of connections that do nothing, for comparison; the first rounds warm up.
        long bare = 0, attached = 0;
        for (int round = 0; round < 3; round++)
        {
            bare = await MeasureAsync(bareListener.LocalEndPoint.Port, records, static _ => [1, 2, 3, 4], 4, static () => { });
            await House.UntilAsync(() => bareListener.ActiveConnections == 0);
            attached = await MeasureAsync(house.Port, records, AttachBytes, 150, () => Assert.Equal(Devices, house.Gateway.Mailboxes.Held));
            await house.LeftAsync();
        }

        long each = (attached - bare) / Devices;
        output.WriteLine($"bare connection {bare / Devices} bytes, attached device {attached / Devices} bytes: {each} bytes for AMQP and the core");
        Assert.InRange(each, 0, BudgetBytes);
    }

    /// <summary>A link that was refused stays in the tables of the connection until the peer detaches it; what the peer wished does not.</summary>
    [Theory]
    [InlineData("mailbox", 2_030)]
    [InlineData("devices/stranger/mailbox", 20_000)]
    public async Task Refused_links_that_are_never_detached_keep_nothing_of_what_they_wished(string address, int characters)
    {
        await using var house = new House();
        string text = string.Concat(Enumerable.Range(0, characters).Select(i => (char)(0x4E00 + i)));
        AmqpMap filter = new() { [SelectorFilter.Name] = new DescribedValue(SelectorFilter.Name, $"x like '{text}'") };

        // The first rounds warm up; what is kept for each link is there in all of them.
        long kept = long.MaxValue;
        for (int round = 1; round <= 3; round++)
        {
            Peer device = await house.ConnectAsync();
            await device.ReceiverAsync("mailbox");
            Line telemetry = await device.SenderAsync("telemetry");
            await device.SetDeafAsync(true); // It hears of no refusal and answers none.
            long before = Memory();
            for (int i = 0; i < RefusedLinks; i++)
                await device.StartAttachAsync(address, sends: false, filter);
            await telemetry.StartAsync(AmqpMessage.FromData("done"u8.ToArray()).Encode());
            while ((await house.TelemetryAsync()).Count < round)
                await Task.Yield();
            kept = Math.Min(kept, Memory() - before);
            await device.BreakAsync();
            await house.LeftAsync();
        }

        output.WriteLine($"{kept / RefusedLinks} bytes for each refused link, those of its peer included");
        Assert.InRange(kept / RefusedLinks, long.MinValue, RefusedBudgetBytes);
    }

    private static async Task<long> MeasureAsync(
        int port, List<DeviceRecord> records, Func<DeviceRecord, byte[]> greeting, int answerBytes, Action check)
    {
        var sockets = new Socket[Devices];
        long before = Memory();
        for (int i = 0; i < Devices; i++)
        {
            sockets[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await sockets[i].ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
            await SpeakAsync(sockets[i], greeting(records[i]), answerBytes);
        }

        check();
        long after = Memory();
        foreach (Socket socket in sockets)
            socket.Dispose();
        return after - before;
    }

    /// <summary>Everything a device says up to an attached mailbox with credit, in one piece.</summary>
    private static byte[] AttachBytes(DeviceRecord device) =>
    [
        .. Wire.SaslHeader,
        .. Wire.Plain("", device.Id.Value, device.PrimaryKey.Reveal()),
        .. Wire.AmqpHeader,
        .. Wire.Open("device"),
        .. Wire.Begin(),
        .. Wire.AttachReceiver("mail", "mailbox"),
        .. Wire.Credit(10),
    ];

    private static async Task SpeakAsync(Socket socket, byte[] bytes, int answerBytes)
    {
        await socket.SendAsync(bytes);
        byte[] answer = new byte[1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        for (int got = 0; got < answerBytes;)
        {
            int count = await socket.ReceiveAsync(answer, patience.Token);
            if (count == 0)
                throw new InvalidOperationException("The gateway hung up.");
            got += count;
        }
    }

    private static long Memory()
    {
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private sealed class Echo(Connection connection) : IConnectionSession
    {
        public int MinimumBytesNeeded => 0;

        public bool WantsBytes => true;

        public long NextDeadlineMs => long.MaxValue;

        public int Receive(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(connection.Output.GetSpan(bytes.Length));
            connection.Output.Advance(bytes.Length);
            return bytes.Length;
        }

        public void Tick(long nowMs)
        {
        }

        public void Drain(string reason) => connection.CompleteAndClose(reason);

        public void Closed(ConnectionEnd end)
        {
        }
    }
}
