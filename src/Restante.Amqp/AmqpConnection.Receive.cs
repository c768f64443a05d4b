using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Taking bytes apart and handing frames to where they belong.</summary>
public sealed partial class AmqpConnection
{
    /// <summary>How many bytes, counted from the first that <see cref="Receive"/> left over, are needed to get further; never
    /// more than the max-frame-size.</summary>
    public int MinimumBytesNeeded { get; private set; } = ProtocolHeader.Length;

    /// <summary>Takes whole headers and frames from the front of the bytes.</summary>
    /// <param name="bytes">All bytes not taken before, in order.</param>
    /// <param name="nowMs">The monotonic time.</param>
    /// <returns>How many bytes were taken; the rest must be presented again, with more behind it.</returns>
    public int Receive(ReadOnlySpan<byte> bytes, long nowMs)
    {
        _nowMs = Math.Max(_nowMs, nowMs);
        int used = 0;
        while (State != AmqpConnectionState.Closed && !_isPaused)
        {
            ReadOnlySpan<byte> rest = bytes[used..];
            int taken = _phase is Phase.FirstHeader or Phase.AmqpHeader ? ReceiveHeader(rest) : ReceiveFrame(rest);
            if (taken == 0)
                break;
            used += taken;
            _receivedMs = _nowMs;
            MinimumBytesNeeded = FrameHeader.Length;
        }

        if (HasLowWindow)
            RefillWindows();
        return IsClosed ? bytes.Length : used;
    }

    private void RefillWindows()
    {
        HasLowWindow = false;
        foreach (AmqpSession? session in _byLocalChannel)
            session?.RefillWindow();
    }

    /// <summary>Set by a session whose peer has used up half of its window.</summary>
    internal bool HasLowWindow { get; set; }

    private int ReceiveHeader(ReadOnlySpan<byte> bytes)
    {
        bool isSasl = ProtocolHeader.IsPrefix(ProtocolHeader.Sasl, bytes);
        bool isAmqp = ProtocolHeader.IsPrefix(ProtocolHeader.Amqp, bytes);
        if (Role == AmqpRole.Server)
        {
            isSasl &= _phase == Phase.FirstHeader && Settings.SaslMechanisms.Count > 0;
            isAmqp &= _phase == Phase.AmqpHeader || Settings.AllowBareAmqp;
        }
        else
        {
            isSasl &= _phase == Phase.FirstHeader;
            isAmqp &= _phase == Phase.AmqpHeader;
        }

        if (!isSasl && !isAmqp)
        {
            RefuseHeader();
            return bytes.Length;
        }

        if (bytes.Length < ProtocolHeader.Length)
            return 0;
        if (isSasl)
            BeginSasl();
        else
            AmqpHeaderCame();
        return ProtocolHeader.Length;
    }

    private void AmqpHeaderCame()
    {
        if (Role == AmqpRole.Server)
            WriteHeader(ProtocolHeader.Amqp);
        _phase = Phase.AwaitOpen;
    }

    /// <summary>Answers another protocol with what we speak, then closes. [AMQP 2.2]</summary>
    private void RefuseHeader()
    {
        if (Role == AmqpRole.Server)
        {
            bool wantsSasl = _phase == Phase.FirstHeader && Settings.SaslMechanisms.Count > 0;
            WriteHeader(wantsSasl ? ProtocolHeader.Sasl : ProtocolHeader.Amqp);
        }

        Finish(new AmqpError(AmqpConditions.NotImplemented, "The peer speaks another protocol or version."), byPeer: false);
    }

    private int ReceiveFrame(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FrameHeader.Length)
            return 0;
        try
        {
            bool isSasl = _phase is Phase.Sasl or Phase.SaslChallenged;
            FrameHeader header = FrameHeader.Read(bytes, isSasl ? (uint)Settings.MaxSaslFrameSize : Settings.MaxFrameSize);
            if (header.Type != (isSasl ? FrameHeader.SaslType : FrameHeader.AmqpType))
                throw FrameHeader.Framing("A frame is of a type that has no place here.");
            if (bytes.Length < header.Size)
            {
                MinimumBytesNeeded = header.Size;
                return 0;
            }

            Dispatch(header, bytes[header.BodyOffset..header.Size], isSasl);
            return header.Size;
        }
        catch (AmqpViolationException violation)
        {
            Punish(violation);
            // After a loss of framing the state is Closed and nothing is read again; otherwise the frame was whole.
            return IsClosed ? bytes.Length : FrameHeader.Read(bytes, uint.MaxValue).Size;
        }
    }

    private void Dispatch(in FrameHeader header, ReadOnlySpan<byte> body, bool isSasl)
    {
        if (isSasl)
        {
            OnSaslFrame(body);
            return;
        }

        if (body.IsEmpty)
            return; // A heartbeat. [AMQP 2.4.5]
        var reader = new AmqpReader(body);
        ulong code = reader.ReadDescriptor();
        if (State == AmqpConnectionState.Closing && code != Descriptors.Close)
            return; // [AMQP 2.4.3] Only the peer's close matters now.
        ItemReader items = reader.ReadList();
        switch (code)
        {
            case Descriptors.Open:
                OnOpen(header.Channel, ref items);
                break;
            case Descriptors.Close:
                OnClose(ref items);
                break;
            default:
                if (_phase != Phase.Open)
                    throw new AmqpViolationException(ErrorScope.Connection, AmqpConditions.IllegalState, "A frame came before open.");
                if (header.Channel > Settings.ChannelMax)
                    throw Violation(AmqpConditions.FramingError, "A frame's channel is above the channel-max."); // [AMQP 2.7.1]
                DispatchToSession(code, header.Channel, ref items, reader.Rest);
                break;
        }
    }

    private void DispatchToSession(ulong code, ushort channel, ref ItemReader items, ReadOnlySpan<byte> payload)
    {
        if (code == Descriptors.Begin)
        {
            OnBegin(channel, BeginFrame.Decode(ref items));
            return;
        }

        if (code is < Descriptors.Open or > Descriptors.Close)
            throw AmqpViolationException.Decode("A frame holds no performative of the transport.");
        AmqpSession session = Slots.Get(_byRemoteChannel, channel)
            ?? throw Violation(AmqpConditions.NotAllowed, "A frame's channel has no session.");
        session.Dispatch(code, ref items, payload);
    }

    private void OnOpen(ushort channel, ref ItemReader items)
    {
        if (_phase != Phase.AwaitOpen)
            throw Violation(AmqpConditions.IllegalState, "A second open came.");
        if (channel != 0)
            throw Violation(AmqpConditions.NotAllowed, "An open came on another channel than 0."); // [AMQP 2.7.1]
        Open open = OpenFrame.Decode(ref items, Settings);
        if (open.MaxFrameSize < MinMaxFrameSize)
            throw Violation(AmqpConditions.InvalidField, "A max-frame-size is below 512."); // [AMQP 2.7.1]
        if (open.IdleTimeoutMs != 0 && open.IdleTimeoutMs < Settings.MinRemoteIdleTimeoutMs)
            throw Violation(AmqpConditions.NotAllowed, "An idle-time-out is shorter than is served here."); // [AMQP 2.4.5]
        _remoteMaxFrameSize = open.MaxFrameSize;
        _remoteChannelMax = open.ChannelMax;
        _heartbeatMs = open.IdleTimeoutMs / 2;
        if (Role == AmqpRole.Server)
        {
            _phase = Phase.Opening;
            _isPaused = true;
            Handler.OnOpening(this, open);
        }
        else
        {
            Opened();
            Handler.OnOpened(this, open);
        }
    }

    private void OnClose(ref ItemReader items)
    {
        AmqpError? error = ErrorCodec.Read(items.NextRaw(), Settings.Decode);
        if (State == AmqpConnectionState.Closing)
        {
            Finish(_closeError ?? error, byPeer: _closeError is null && error is not null);
            return;
        }

        if (_phase != Phase.Open && Role == AmqpRole.Server)
            throw Violation(AmqpConditions.IllegalState, "A close came before open.");
        Send(0, new CloseFrame(null)); // [AMQP 2.4.3]
        Finish(error, byPeer: true);
    }

    private void OnBegin(ushort channel, in BeginFrame begin)
    {
        if (Slots.Get(_byRemoteChannel, channel) is not null)
            throw Violation(AmqpConditions.NotAllowed, "A session began on a channel that is in use.");
        if (begin.RemoteChannel is { } local)
        {
            AmqpSession? begun = Slots.Get(_byLocalChannel, local);
            if (begun is not { RemoteChannel: null })
                throw Violation(AmqpConditions.NotAllowed, "A begin answers a session that was not begun.");
            Slots.Set(ref _byRemoteChannel, channel, begun);
            begun.OnBeginAnswered(channel, begin);
            return;
        }

        int free = FreeLocalChannel();
        if (free < 0)
            throw Violation(AmqpConditions.ResourceLimitExceeded, "There is no channel left to answer a session.");
        var session = new AmqpSession(this, (ushort)free);
        Slots.Set(ref _byLocalChannel, free, session);
        Slots.Set(ref _byRemoteChannel, channel, session);
        session.OnBegunByPeer(channel, begin);
    }

    private static AmqpViolationException Violation(Symbol condition, string description) =>
        new(ErrorScope.Connection, condition, description);
}
