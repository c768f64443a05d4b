using System.Buffers;
using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Engine;

/// <summary>Budgets of managed memory: 0 bytes for a message that comes or goes, little for a connection that is idle.</summary>
[Collection(nameof(AloneCollection))]
public sealed class AllocationTests
{
    private const int Messages = 10_000;

    [Fact]
    public void Receiving_and_settling_ten_thousand_messages_allocates_nothing()
    {
        (AmqpConnection connection, QuietHandler handler, _) = Receiver();
        byte[] body = MessageTests_Full();
        byte[] frames = Wire.Join([.. Enumerable.Range(0, 50).Select(i => Wire.Transfer(body, id: (uint)i))]);
        Feed(connection, frames, rounds: 20, firstId: 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Feed(connection, frames, rounds: Messages / 50, firstId: 1_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Messages + 1_000, handler.Deliveries);
        Assert.Equal(AmqpConnectionState.Open, connection.State);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Joining_messages_of_several_frames_allocates_nothing()
    {
        (AmqpConnection connection, QuietHandler handler, _) = Receiver();
        byte[] first = Wire.Transfer(new byte[3_000], more: true);
        byte[] second = Wire.Transfer(new byte[3_000], id: null, noTag: true);
        byte[] frames = Wire.Join(first, second);
        Feed(connection, frames, rounds: 20, firstId: 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Feed(connection, frames, rounds: 1_000, firstId: 20);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(1_020, handler.Deliveries);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Sending_messages_and_hearing_of_their_acceptance_allocates_nothing()
    {
        (AmqpConnection connection, QuietHandler handler, RecyclingWriter output) = Receiver();
        connection.Receive(Wire.Join(Wire.AttachReceiver("r", handle: 1)), 0);
        AmqpLink link = handler.Link!;
        byte[] flow = Wire.Flow(handle: 1, deliveryCount: 0, credit: 50);
        byte[] accepted = Wire.Disposition(receiver: true, 0, 49, state: Wire.Accepted);
        byte[] payload = new byte[300];
        SendRounds(connection, link, flow, accepted, payload, 20, 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        SendRounds(connection, link, flow, accepted, payload, Messages / 50, 1_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Messages + 1_000, handler.Dispositions);
        Assert.True(output.Total > Messages * 300);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void An_idle_connection_with_a_session_and_two_links_is_small()
    {
        AmqpSettings settings = ScriptedPeer.Settings();
        byte[] script = Wire.Join(Wire.AmqpHeader, Wire.Open(), Wire.Begin(), Wire.AttachReceiver("mail", handle: 0), Wire.AttachSender("telemetry", handle: 1), Wire.Flow(handle: 0, deliveryCount: 0, credit: 10));
        var handler = new QuietHandler();
        var output = new RecyclingWriter();
        const int count = 1_000;
        var kept = new AmqpConnection[count];
        Connect(settings, handler, output, script);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < count; i++)
            kept[i] = Connect(settings, handler, output, script);
        long each = (GC.GetTotalMemory(forceFullCollection: true) - before) / count;

        Assert.All(kept, connection => Assert.Equal(AmqpConnectionState.Open, connection.State));
        Assert.InRange(each, 100, 1_100);
    }

    private static AmqpConnection Connect(AmqpSettings settings, QuietHandler handler, RecyclingWriter output, byte[] script)
    {
        var connection = new AmqpConnection(settings, AmqpRole.Server, handler, output);
        connection.Start(0);
        connection.Receive(script, 0);
        return connection;
    }

    private static void Feed(AmqpConnection connection, byte[] frames, int rounds, uint firstId)
    {
        uint id = firstId;
        for (int round = 0; round < rounds; round++)
        {
            Renumber(frames, ref id);
            if (connection.Receive(frames, 0) != frames.Length)
                throw new InvalidOperationException("Not all frames were taken.");
        }
    }

    /// <summary>Writes the next delivery-ids into frames that the little encoder made, where they are at a fixed place.</summary>
    private static void Renumber(Span<byte> frames, ref uint id)
    {
        while (!frames.IsEmpty)
        {
            int size = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(frames);
            const int idAt = 8 + 10 + 9 + 5;
            if (frames[idAt] == 0x70)
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frames[(idAt + 1)..], id++);
            frames = frames[size..];
        }
    }

    private static void SendRounds(AmqpConnection connection, AmqpLink link, byte[] flow, byte[] accepted, byte[] payload, int rounds, uint firstId)
    {
        for (uint round = 0; round < rounds; round++)
        {
            uint id = firstId + (round * 50);
            PatchFlow(flow, id);
            connection.Receive(flow, 0);
            for (uint i = 0; i < 50; i++)
            {
                if (link.Send(payload.AsSpan(0, 8), payload, settled: false, new DeliveryContext(link, i)).Status != SendStatus.Sent)
                    throw new InvalidOperationException("A message was not sent.");
            }

            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(accepted.AsSpan(8 + 10 + 9 + 2 + 1), id);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(accepted.AsSpan(8 + 10 + 9 + 2 + 6), id + 49);
            connection.Receive(accepted, 0);
        }
    }

    private static void PatchFlow(Span<byte> flow, uint id)
    {
        const int fields = 8 + 10 + 9;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(flow[(fields + 1)..], id);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(flow[(fields + 26)..], id);
    }

    private static byte[] MessageTests_Full() => Messaging.MessageTests.Full().Encode();

    private static (AmqpConnection Connection, QuietHandler Handler, RecyclingWriter Output) Receiver()
    {
        var handler = new QuietHandler();
        var output = new RecyclingWriter();
        AmqpConnection connection = Connect(
            ScriptedPeer.Settings() with { IncomingWindow = 1_000 },
            handler,
            output,
            Wire.Join(Wire.AmqpHeader, Wire.Open(), Wire.Begin(), Wire.AttachSender("telemetry")));
        return (connection, handler, output);
    }

    private sealed class QuietHandler : IAmqpConnectionHandler
    {
        private static readonly LinkAnswer Answer = new() { Source = new Source(), Target = new Target() };

        internal int Deliveries { get; private set; }

        internal int Dispositions { get; private set; }

        internal AmqpLink? Link { get; private set; }

        public void OnLinkAttaching(AmqpLink link, Attach attach)
        {
            Link = link;
            link.Accept(Answer);
            if (!link.IsSender)
                link.SetCredit(200);
        }

        public void OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer)
        {
        }

        public void OnDelivery(AmqpLink link, in IncomingDelivery delivery)
        {
            Deliveries++;
            if (delivery.Payload.Length < 3_000)
            {
                var message = new MessageReader(delivery.Payload);
                PropertiesReader properties = message.Properties;
                if (message.ReadHeader().TtlMs != 60_000 || properties.ToRaw.Length != 2 || !message.ApplicationProperties.TryGet("final"u8, out _))
                    return;
            }

            link.Settle(delivery.Number, Accepted.Instance);
            if (link.Credit < 100)
                link.SetCredit(200);
        }

        public void OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
        {
            if (ReferenceEquals(state, Accepted.Instance) && settled)
                Dispositions++;
        }
    }

    /// <summary>An output that is flushed at once: it writes over itself.</summary>
    private sealed class RecyclingWriter : IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[128 * 1024];

        internal long Total { get; private set; }

        public void Advance(int count) => Total += count;

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
