using Restante.Amqp.Deliveries;
using Restante.Amqp.FlowControl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>One end of a session: links, transfer windows and unsettled deliveries. [AMQP 2.5]</summary>
public sealed partial class AmqpSession
{
    private AmqpLink?[] _byLocalHandle = [];
    private AmqpLink?[] _byRemoteHandle = [];
    private SessionWindow _window;
    private UnsettledMap _outgoing;
    private UnsettledMap _incoming;
    private DeliveryNumber _nextDelivery;
    private DeliveryNumber _lastIncoming;
    private bool _hasIncoming;
    private State _state;
    private uint _remoteHandleMax = uint.MaxValue;

    internal AmqpSession(AmqpConnection connection, ushort channel)
    {
        Connection = connection;
        Channel = channel;
        _window = new SessionWindow(connection.Settings.IncomingWindow);
    }

    private enum State : byte
    {
        BeginSent,
        Active,
        EndSent,
        Ended,
    }

    public AmqpConnection Connection { get; }

    /// <summary>The owner's own object.</summary>
    public object? Owner { get; set; }

    /// <summary>The channel we send on.</summary>
    public ushort Channel { get; }

    /// <summary>True from begin, ours or the peer's, until it is ended by either.</summary>
    public bool IsActive => _state is State.BeginSent or State.Active;

    internal ushort? RemoteChannel { get; private set; }

    /// <summary>True where at least one more transfer frame may be sent.</summary>
    internal bool IsWindowOpen => _window.RemoteIncomingWindow > 0;

    /// <summary>Transfer frames that may be sent.</summary>
    internal uint RemoteIncomingWindow => _window.RemoteIncomingWindow;

    private AmqpSettings Settings => Connection.Settings;

    private IAmqpConnectionHandler Handler => Connection.Handler;

    /// <summary>Attaches a link; the answer is <see cref="IAmqpConnectionHandler.OnLinkAttached"/> or
    /// <see cref="IAmqpConnectionHandler.OnLinkDetached"/>. Null where the peer's or our handle-max is reached, the attach
    /// is larger than the peer's frames, or the session is over.</summary>
    public AmqpLink? Attach(LinkSettings settings)
    {
        if (!IsActive)
            return null;
        int handle = Slots.FirstFree(_byLocalHandle, Math.Min(_remoteHandleMax, Settings.HandleMax));
        if (handle < 0)
            return null;
        var link = new AmqpLink(this, settings.Name, settings.IsSender, (uint)handle) { Owner = settings.Owner };
        Slots.Set(ref _byLocalHandle, handle, link);
        if (link.SendAttach(settings))
            return link;
        Slots.Clear(ref _byLocalHandle, handle);
        return null;
    }

    /// <summary>Ends the session, with an error or without. Its links and itself are reported over before this returns.
    /// [AMQP 2.5.5]</summary>
    public void End(AmqpError? error = null)
    {
        if (!IsActive)
            return;
        Connection.Send(Channel, new EndFrame(error));
        _state = State.EndSent;
        Over(error, byPeer: false);
    }

    internal void SendBegin(ushort? remoteChannel) => Connection.Send(Channel, new BeginFrame
    {
        RemoteChannel = remoteChannel,
        NextOutgoingId = _window.NextOutgoingId,
        IncomingWindow = _window.IncomingWindow,
        OutgoingWindow = Settings.OutgoingWindow,
        HandleMax = Settings.HandleMax,
    });

    internal void OnBegunByPeer(ushort channel, in BeginFrame begin)
    {
        RemoteChannel = channel;
        _state = State.Active;
        _remoteHandleMax = begin.HandleMax;
        _window.OnBegin(begin);
        SendBegin(channel);
        Handler.OnSessionBegun(this);
    }

    internal void OnBeginAnswered(ushort channel, in BeginFrame begin)
    {
        RemoteChannel = channel;
        _remoteHandleMax = begin.HandleMax;
        _window.OnBegin(begin);
        if (_state != State.BeginSent)
            return; // We have ended it meanwhile.
        _state = State.Active;
        Handler.OnSessionBegun(this);
    }

    /// <summary>The connection is over.</summary>
    internal void Terminate(AmqpError? error, bool byPeer)
    {
        if (_state == State.Ended)
            return;
        bool wasActive = IsActive;
        _state = State.Ended;
        if (wasActive)
            Over(error, byPeer);
    }

    internal void Dispatch(ulong code, ref ItemReader items, ReadOnlySpan<byte> payload)
    {
        if (_state == State.EndSent)
        {
            if (code == Descriptors.End)
                Forget(); // [AMQP 2.5.5] Everything else that is under way is discarded.
            return;
        }

        switch (code)
        {
            case Descriptors.Transfer:
                OnTransfer(TransferFrame.Decode(ref items), payload);
                break;
            case Descriptors.Disposition:
                OnDisposition(DispositionFrame.Decode(ref items, Settings.Decode));
                break;
            case Descriptors.Flow:
                OnFlow(FlowFrame.Decode(ref items));
                break;
            case Descriptors.Attach:
                OnAttach(AttachFrame.Decode(ref items, Settings.Decode));
                break;
            case Descriptors.Detach:
                OnDetach(DetachFrame.Decode(ref items, Settings.Decode));
                break;
            default:
                OnEnd(ErrorCodec.Read(items.NextRaw(), Settings.Decode));
                break;
        }
    }

    internal AmqpViolationException Violation(Symbol condition, string description) =>
        new(ErrorScope.Session, condition, description) { Session = this };

    internal void ForgetHandles(AmqpLink link)
    {
        Slots.Clear(ref _byLocalHandle, (int)link.LocalHandle);
        if (link.RemoteHandle is { } remote)
            Slots.Clear(ref _byRemoteHandle, (int)remote);
    }

    private void OnEnd(AmqpError? error)
    {
        Connection.Send(Channel, new EndFrame(null)); // [AMQP 2.5.5]
        Forget();
        Over(error, byPeer: true);
    }

    private void Forget()
    {
        _state = State.Ended;
        Connection.Remove(this);
    }

    private void Over(AmqpError? error, bool byPeer)
    {
        AmqpLink?[] links = _byLocalHandle;
        _byLocalHandle = [];
        _byRemoteHandle = [];
        _outgoing.Release();
        _incoming.Release();
        foreach (AmqpLink? link in links)
            link?.Terminate(error, byPeer);
        Handler.OnSessionEnded(this, error);
    }
}
