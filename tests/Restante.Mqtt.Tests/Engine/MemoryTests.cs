using System.Buffers;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>Budgets: bytes allocated per message and kept per idle connection. Alone, as the heap is everybody's.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public sealed class MemoryTests
{
    private const int Messages = 10_000;

    [Theory]
    [InlineData(MqttVersion.V311, 0x30)]
    [InlineData(MqttVersion.V500, 0x30)]
    [InlineData(MqttVersion.V311, 0x32)]
    [InlineData(MqttVersion.V500, 0x32)]
    [InlineData(MqttVersion.V500, 0x34)]
    public void Receiving_a_message_allocates_nothing(MqttVersion version, byte first)
    {
        (MqttConnection connection, Sink sink) = Accepted(version);
        string id = first == 0x30 ? "" : "0001";
        string properties = version == MqttVersion.V500 ? "{02 0000000A 03 'text/plain' 23 0001 26 'key' 'value' 26 'k' 'v'}" : "";
        byte[] publish = Bytes.Packet(first, $"'telemetry/engine' {id} {properties} \"{new string('x', 200)}\"");
        byte[] bytes = first == 0x34 ? Bytes.Join(publish, Bytes.Packet(0x62, "0001")) : publish;

        long allocated = Measure(() => Assert.True(connection.Receive(bytes, 1) == bytes.Length));
        Assert.False(connection.IsClosed);
        Assert.Equal(Messages * 2, sink.Published);
        Assert.InRange(allocated, 0, 1024);
    }

    [Theory]
    [InlineData(MqttVersion.V311, MqttQos.AtMostOnce)]
    [InlineData(MqttVersion.V500, MqttQos.AtMostOnce)]
    [InlineData(MqttVersion.V311, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.AtLeastOnce)]
    [InlineData(MqttVersion.V500, MqttQos.ExactlyOnce)]
    public void Sending_a_message_allocates_nothing(MqttVersion version, MqttQos qos)
    {
        (MqttConnection connection, _) = Accepted(version);
        MqttUserProperty[] users = [new("key", "value")];
        byte[] payload = new byte[200];
        byte[] answer = new byte[4];
        long allocated = Measure(() =>
        {
            MqttSendResult result = connection.Send(new OutgoingMessage
            {
                Topic = "mailbox/commands/17"u8,
                Payload = payload,
                Qos = qos,
                MessageExpirySeconds = 5,
                ContentType = "text/plain"u8,
                UserProperties = users,
            });
            Assert.True(result.IsSent);
            if (qos == MqttQos.AtLeastOnce)
            {
                Answer(connection, answer, 0x40, result.PacketId);
            }
            else if (qos == MqttQos.ExactlyOnce)
            {
                Answer(connection, answer, 0x50, result.PacketId);
                Assert.True(connection.ReleaseOutgoing(result.PacketId));
                Answer(connection, answer, 0x70, result.PacketId);
            }
        });
        Assert.InRange(allocated, 0, 1024);
    }

    [Fact]
    public void An_idle_connection_is_small()
    {
        const int count = 1_000;
        Sink sink = new();
        byte[] connect = Bytes.Packet(0x10, "'MQTT' 05 02 003C {} 'device-1'");
        byte[] publish = Bytes.Packet(0x32, "'t' 0001 {}");
        MqttConnection[] connections = new MqttConnection[count];
        void Fill()
        {
            for (int i = 0; i < count; i++)
            {
                MqttConnection connection = new(Peer.TestSettings, MqttRole.Server, sink, sink, 0);
                sink.Connection = connection;
                connection.Receive(connect, 0);
                connection.Receive(publish, 0);
                connection.Tick(1);
                connections[i] = connection;
            }
        }

        // The rest of the process allocates and frees meanwhile: the middle one of several looks counts.
        long[] used = new long[5];
        for (int look = 0; look < used.Length; look++)
        {
            Array.Clear(connections);
            long without = GC.GetTotalMemory(forceFullCollection: true);
            Fill();
            used[look] = GC.GetTotalMemory(forceFullCollection: true) - without;
        }

        Array.Sort(used);
        Assert.InRange(used[used.Length / 2], 1, count * 320);
        GC.KeepAlive(connections);
    }

    private static (MqttConnection Connection, Sink Sink) Accepted(MqttVersion version)
    {
        Sink sink = new();
        MqttConnection connection = new(Peer.TestSettings, MqttRole.Server, sink, sink, 0);
        sink.Connection = connection;
        connection.Receive(Bytes.Packet(0x10, version == MqttVersion.V500 ? "'MQTT' 05 02 003C {} 'd'" : "'MQTT' 04 02 003C 'd'"), 0);
        Assert.True(connection.IsConnected);
        return (connection, sink);
    }

    private static void Answer(MqttConnection connection, byte[] packet, byte first, PacketId id)
    {
        packet[0] = first;
        packet[1] = 2;
        packet[2] = (byte)(id.Value >> 8);
        packet[3] = (byte)id.Value;
        connection.Receive(packet, 1);
    }

    private static long Measure(Action message)
    {
        for (int i = 0; i < Messages; i++)
        {
            message();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Messages; i++)
        {
            message();
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Reads every part of a message, answers at once, and throws its output away.</summary>
    private sealed class Sink : IMqttConnectionHandler, IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[4096];

        public MqttConnection Connection { get; set; } = null!;

        public int Published { get; private set; }

        public int Seen { get; private set; }

        public void OnConnect(in ConnectPacket packet) => Connection.AcceptConnect(MqttConnAckOptions.Default);

        public void OnPublish(in PublishPacket packet)
        {
            Published++;
            Seen += packet.Topic.Length + packet.Payload.Length + packet.ContentType.Length + (int)(packet.MessageExpirySeconds ?? 0);
            foreach (UserPropertyView property in packet.UserProperties)
            {
                Seen += property.Name.Length + property.Value.Length;
            }

            if (!packet.PacketId.IsNone)
            {
                Connection.AcknowledgePublish(packet.PacketId);
            }
        }

        public void OnClosed(in MqttClosed closed)
        {
        }

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
