using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Devices;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Net;
using Restante.Storage.Conformance;
using Xunit.Abstractions;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>Runs alone, as it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Devices = 400;

    [Fact]
    public async Task An_idle_subscribed_device_costs_less_than_two_kilobytes_beyond_its_transport()
    {
        await using var post = new Post();
        post.Streams.DropEvents = true;
        List<DeviceRecord> records = [];
        for (int i = 0; i < Devices; i++)
            records.Add(await post.DeviceAsync($"device-{i:D6}"));

        await using var host = new NetworkHost(TimeProvider.System, NullLoggerFactory.Instance);
        Listener listener = host.Listen(new ListenerOptions { Protocol = "bare", Address = "127.0.0.1" }, connection => new Echo(connection));

        // The same number of connections that do nothing, for comparison; the first round warms up.
        long bare = 0, subscribed = 0;
        for (int round = 0; round < 3; round++)
        {
            bare = await MeasureBareAsync(listener);
            subscribed = await MeasureAsync(post.Port, records);
            await post.QuietAsync();
        }

        long each = (subscribed - bare) / Devices;
        output.WriteLine($"bare connection {bare / Devices} bytes, subscribed device {subscribed / Devices} bytes: {each} bytes for MQTT and the core");
        Assert.InRange(each, 0, 2048);
    }

    private static async Task<long> MeasureBareAsync(Listener listener)
    {
        var sockets = new Socket[Devices];
        long before = Memory();
        for (int i = 0; i < Devices; i++)
        {
            sockets[i] = await ConnectAsync(listener.LocalEndPoint.Port);
            await SpeakAsync(sockets[i], [1, 2, 3, 4], 4);
        }

        long after = Memory();
        foreach (Socket socket in sockets)
            socket.Dispose();
        while (listener.ActiveConnections > 0)
            await Task.Yield();
        return after - before;
    }

    private static async Task<long> MeasureAsync(int port, List<DeviceRecord> records)
    {
        var sockets = new Socket[Devices];
        byte[] subscribe = [0x82, 0x0E, 0x00, 0x01, 0x00, 0x09, .. "mailbox/#"u8, 0x01];
        long before = Memory();
        for (int i = 0; i < Devices; i++)
        {
            sockets[i] = await ConnectAsync(port);
            await SpeakAsync(sockets[i], ConnectPacket(records[i]), 4);
            await SpeakAsync(sockets[i], subscribe, 5);
        }

        long after = Memory();
        foreach (Socket socket in sockets)
            socket.Dispose();
        return after - before;
    }

    private static byte[] ConnectPacket(DeviceRecord device)
    {
        using var body = new MemoryStream();
        body.Write([0x00, 0x04, .. "MQTT"u8, 0x04, 0xC2, 0x01, 0x2C]);
        foreach (string text in (string[])["client", device.Id.Value, device.PrimaryKey.Reveal()])
        {
            byte[] bytes = Encoding.ASCII.GetBytes(text);
            body.WriteByte(0);
            body.WriteByte((byte)bytes.Length);
            body.Write(bytes);
        }

        return [0x10, (byte)body.Length, .. body.ToArray()];
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private static async Task SpeakAsync(Socket socket, byte[] bytes, int answerLength)
    {
        await socket.SendAsync(bytes);
        byte[] answer = new byte[16];
        for (int got = 0; got < answerLength;)
        {
            int count = await socket.ReceiveAsync(answer);
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
