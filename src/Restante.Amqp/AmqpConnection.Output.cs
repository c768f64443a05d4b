using System.Buffers;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Writing of headers and frames.</summary>
public sealed partial class AmqpConnection
{
    internal void Send<T>(ushort channel, in T performative, byte type = FrameHeader.AmqpType)
        where T : struct, IPerformative
    {
        if (!TrySend(channel, performative, type))
            throw new InvalidOperationException($"A frame is larger than the {_remoteMaxFrameSize} bytes that the peer takes.");
    }

    /// <summary>Writes a frame; false where it is larger than the peer takes.</summary>
    internal bool TrySend<T>(ushort channel, in T performative, byte type = FrameHeader.AmqpType)
        where T : struct, IPerformative
    {
        if (IsClosed)
            return true;
        var writer = new AmqpWriter(stackalloc byte[256]);
        try
        {
            writer.Reserve(FrameHeader.Length);
            performative.Encode(ref writer);
            if (type == FrameHeader.AmqpType && (uint)writer.Length > _remoteMaxFrameSize)
                return false;
            FrameHeader.Write(writer.Patch(0, FrameHeader.Length), writer.Length, type, channel);
            Output.Write(writer.Written);
            _sentMs = _nowMs;
            return true;
        }
        finally
        {
            writer.Dispose();
        }
    }

    /// <summary>Writes one transfer frame with as much of the payload as fits; returns how much that was.</summary>
    /// <param name="channel">Our channel.</param>
    /// <param name="transfer">The fields; <see cref="TransferFrame.More"/> is decided here.</param>
    /// <param name="head">The first part of the payload.</param>
    /// <param name="tail">The second part.</param>
    internal int SendTransfer(ushort channel, in TransferFrame transfer, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        int total = head.Length + tail.Length;
        var writer = new AmqpWriter(stackalloc byte[128]);
        try
        {
            writer.Reserve(FrameHeader.Length);
            transfer.Encode(ref writer);
            int room = (int)Math.Min(_remoteMaxFrameSize, int.MaxValue) - writer.Length;
            int taken = total;
            if (total > room)
            {
                writer.Clear();
                writer.Reserve(FrameHeader.Length);
                transfer.WithMore().Encode(ref writer);
                taken = (int)Math.Min(_remoteMaxFrameSize, int.MaxValue) - writer.Length;
            }

            FrameHeader.Write(writer.Patch(0, FrameHeader.Length), writer.Length + taken, FrameHeader.AmqpType, channel);
            Output.Write(writer.Written);
            int fromHead = Math.Min(taken, head.Length);
            Output.Write(head[..fromHead]);
            Output.Write(tail[..(taken - fromHead)]);
            _sentMs = _nowMs;
            return taken;
        }
        finally
        {
            writer.Dispose();
        }
    }

    private void SendOpen(bool withProperties)
    {
        _openSent = true;
        // [AMQP 2.4.1] Until the peer's open is here it need not take more than 512 bytes.
        if (!TrySend(0, new OpenFrame(Settings, withProperties)))
            Send(0, new OpenFrame(Settings, withProperties: false));
    }

    private void WriteHeader(ReadOnlySpan<byte> header)
    {
        Output.Write(header);
        _sentMs = _nowMs;
    }

    private void SendHeartbeat()
    {
        Span<byte> frame = Output.GetSpan(FrameHeader.Length);
        FrameHeader.Write(frame, FrameHeader.Length, FrameHeader.AmqpType, channel: 0); // [AMQP 2.4.5]
        Output.Advance(FrameHeader.Length);
        _sentMs = _nowMs;
    }
}
