using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp.FlowControl;

/// <summary>The transfer numbers and windows of one session endpoint. [AMQP 2.5.6]</summary>
internal struct SessionWindow
{
    private readonly uint _size;

    internal SessionWindow(uint size)
    {
        _size = size;
        IncomingWindow = size;
    }

    /// <summary>Transfer frames that the peer may still send before it hears from us.</summary>
    internal uint IncomingWindow { get; private set; }

    internal SequenceNo NextIncomingId { get; private set; }

    internal SequenceNo NextOutgoingId { get; private set; }

    /// <summary>Transfer frames that we may still send before we hear from the peer; 0 until its begin is here.</summary>
    internal uint RemoteIncomingWindow { get; private set; }

    /// <summary>True where half of the window is used up, so that the peer should be told of a fresh one.</summary>
    internal readonly bool IsLow => IncomingWindow <= _size / 2;

    internal void OnBegin(in BeginFrame begin)
    {
        NextIncomingId = begin.NextOutgoingId;
        RemoteIncomingWindow = begin.IncomingWindow;
    }

    internal void OnFlow(in FlowFrame flow)
    {
        NextIncomingId = flow.NextOutgoingId;
        // [AMQP 2.5.6] Before the peer has seen our begin, it counts from our initial-outgoing-id, which is 0.
        SequenceNo seen = flow.NextIncomingId ?? default;
        // What is under way counts against the window; a peer that shrinks it below that has closed it.
        uint underWay = unchecked(NextOutgoingId.Value - seen.Value);
        RemoteIncomingWindow = underWay <= flow.IncomingWindow ? flow.IncomingWindow - underWay : 0;
    }

    /// <summary>Counts a transfer that came; false where the peer had no window for it.</summary>
    internal bool TryReceive()
    {
        if (IncomingWindow == 0)
            return false;
        IncomingWindow--;
        NextIncomingId += 1;
        return true;
    }

    /// <summary>Counts a transfer that is sent.</summary>
    internal void Send()
    {
        NextOutgoingId += 1;
        RemoteIncomingWindow--;
    }

    internal void Refill() => IncomingWindow = _size;
}
