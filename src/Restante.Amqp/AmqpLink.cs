using System.Buffers;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>surface</summary>
public sealed class AmqpLink
{
    internal AmqpLink(AmqpSession session) => Session = session;
    public AmqpSession Session { get; }
    public object? Owner { get; set; }
    public string Name => throw new NotSupportedException();
    public bool IsSender => throw new NotSupportedException();
    public bool IsAttached => throw new NotSupportedException();
    public SenderSettleMode SenderSettleMode => throw new NotSupportedException();
    public ReceiverSettleMode ReceiverSettleMode => throw new NotSupportedException();
    public uint Credit => throw new NotSupportedException();
    public bool CanSend => throw new NotSupportedException();
    public bool IsDraining => throw new NotSupportedException();
    public uint Available => throw new NotSupportedException();
    public int UnsettledCount => throw new NotSupportedException();
    public bool Accept(LinkAnswer answer) => throw new NotSupportedException();
    public bool Refuse(AmqpError error) => throw new NotSupportedException();
    public void Detach(AmqpError? error = null, bool closed = true) => throw new NotSupportedException();
    // sending
    public SendResult Send(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> payload, bool settled, DeliveryContext context = default, uint messageFormat = 0) => throw new NotSupportedException();
    public SendResult Send(ReadOnlySpan<byte> tag, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, bool settled, DeliveryContext context = default, uint messageFormat = 0) => throw new NotSupportedException();
    public SendResult Send(ReadOnlySpan<byte> tag, in ReadOnlySequence<byte> payload, bool settled, DeliveryContext context = default, uint messageFormat = 0) => throw new NotSupportedException();
    public bool AbortHeld() => throw new NotSupportedException();
    public void Drained() => throw new NotSupportedException();
    public void ReportAvailable(uint available, bool echo = false) => throw new NotSupportedException();
    // receiving
    public uint SetCredit(uint credit, bool drain = false, bool echo = false) => throw new NotSupportedException();
    // both
    public bool Settle(DeliveryNumber number, DeliveryState? state) => throw new NotSupportedException();
    public int Disposition(DeliveryNumber first, DeliveryNumber last, DeliveryState? state, bool settled) => throw new NotSupportedException();
}
