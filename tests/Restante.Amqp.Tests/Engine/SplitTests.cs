using System.Buffers;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;

namespace Restante.Amqp.Tests.Engine;

/// <summary>However the transport cuts the bytes, the same happens.</summary>
public sealed class SplitTests
{
    private static readonly byte[] Conversation = Wire.Join(
        Wire.SaslHeader,
        Wire.Sasl(0x41, Wire.Sym("PLAIN"), Wire.Bin(Encoding.UTF8.GetBytes("\0u\0p"))),
        Wire.AmqpHeader,
        Wire.Open(idleMs: 60_000),
        Wire.Begin(),
        Wire.AttachSender("s"),
        Wire.AttachReceiver("r", handle: 1),
        Wire.Flow(handle: 1, deliveryCount: 0, credit: 5),
        Wire.Transfer([1, 2, 3], id: 0),
        Wire.Transfer(new byte[60], id: 1, more: true),
        Wire.Frame(0, 0, []),
        Wire.Transfer(new byte[60], id: null, noTag: true),
        Wire.Transfer([4], id: 2, tag: [5, 5], settled: true),
        Wire.Disposition(receiver: true, 0, 4, state: Wire.Accepted),
        Wire.Flow(nextIn: 5, nextOut: 4, handle: 1, deliveryCount: 5, credit: 5, drain: true, echo: true),
        Wire.Transfer([6], id: 3, more: true),
        Wire.Transfer([], id: null, noTag: true, aborted: true),
        Wire.Detach(1),
        Wire.Begin(channel: 3),
        Wire.AttachSender("bad", handle: 0, channel: 3, sndMode: 1),
        Wire.Transfer([1], channel: 3),
        Wire.End(),
        Wire.Close());

    [Fact]
    public void Every_cut_in_two_has_the_same_effects()
    {
        (List<string> events, byte[] output) = Run([Conversation.Length]);
        Assert.Equal("closed  peer", events[^1]);
        Assert.Contains("detached bad amqp:invalid-field us", events);
        for (int cut = 1; cut < Conversation.Length; cut++)
        {
            (List<string> cutEvents, byte[] cutOutput) = Run([cut, Conversation.Length]);
            Assert.Equal(events, cutEvents);
            Assert.Equal(output, cutOutput);
        }
    }

    [Fact]
    public void One_byte_at_a_time_has_the_same_effects()
    {
        (List<string> events, byte[] output) = Run([Conversation.Length]);
        (List<string> slowEvents, byte[] slowOutput) = Run([.. Enumerable.Range(1, Conversation.Length)]);

        Assert.Equal(events, slowEvents);
        Assert.Equal(output, slowOutput);
    }

    [Fact]
    public void What_is_asked_for_is_enough_and_within_the_frame_limit()
    {
        var handler = new RecordingHandler();
        var connection = new AmqpConnection(ScriptedPeer.Settings(), AmqpRole.Server, handler, new ArrayBufferWriter<byte>());
        connection.Start(0);
        int start = 0;
        while (!connection.IsClosed)
        {
            int needed = connection.MinimumBytesNeeded;
            Assert.InRange(needed, 8, 4096);
            Assert.Equal(0, connection.Receive(Conversation.AsSpan(start, needed - 1), 0));
            if (connection.MinimumBytesNeeded != needed)
                continue; // The frame's header told more.
            int used = connection.Receive(Conversation.AsSpan(start, needed), 0);
            start += used;
            Assert.True(used > 0 || connection.MinimumBytesNeeded > needed);
        }

        Assert.Equal(Conversation.Length, start);
    }

    private static (List<string> Events, byte[] Output) Run(int[] ends)
    {
        var output = new ArrayBufferWriter<byte>();
        var handler = new RecordingHandler();
        var connection = new AmqpConnection(ScriptedPeer.Settings(), AmqpRole.Server, handler, output);
        handler.Delivered = (link, number) => link.Settle(number, Accepted.Instance);
        handler.Flowed = link =>
        {
            for (byte i = 0; link.IsSender && link.CanSend && i < 5; i++)
                link.Send([i], [i, i], settled: false);
            link.Drained();
        };
        connection.Start(0);
        int start = 0;
        foreach (int end in ends)
            start += connection.Receive(Conversation.AsSpan(start, end - start), 0);
        Assert.Equal(Conversation.Length, start);
        return (handler.Events, output.WrittenSpan.ToArray());
    }
}
