using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>One end of a link: a one-way path for messages. [AMQP 2.6]</summary>
public sealed partial class AmqpLink
{
    private Phase _phase;
    private bool _isOurs;
    private bool _knowsPeer;
    private bool _announced;
    private bool _reported;
    private AmqpError? _detachError;
    private ulong _remoteMaxMessageSize;
    private int _maxMessageSize;

    internal AmqpLink(AmqpSession session, string name, bool isSender, uint localHandle)
    {
        Session = session;
        Name = name;
        IsSender = isSender;
        LocalHandle = localHandle;
        _maxMessageSize = session.Connection.Settings.MaxMessageSize;
    }

    private enum Phase : byte
    {
        /// <summary>The peer attached; the owner has not answered.</summary>
        Attaching,

        /// <summary>We attached; the peer has not answered.</summary>
        AttachSent,
        Attached,

        /// <summary>Our detach is written, the peer's is not here.</summary>
        DetachSent,
        Detached,
    }

    public AmqpSession Session { get; }

    public AmqpConnection Connection => Session.Connection;

    /// <summary>The owner's own object.</summary>
    public object? Owner { get; set; }

    public string Name { get; }

    /// <summary>True where we send and the peer receives.</summary>
    public bool IsSender { get; }

    /// <summary>True while messages can flow.</summary>
    public bool IsAttached => _phase == Phase.Attached;

    /// <summary>As negotiated.</summary>
    public SenderSettleMode SenderSettleMode { get; private set; }

    /// <summary>As negotiated.</summary>
    public ReceiverSettleMode ReceiverSettleMode { get; private set; }

    /// <summary>Deliveries that may still be sent (sender) or come (receiver).</summary>
    public uint Credit => IsSender ? _sending.Credit : _receiving.Credit;

    /// <summary>Sender: the peer wants the credit used or given up, see <see cref="Drained"/>. Receiver: our drain is under way.</summary>
    public bool IsDraining => IsSender ? _sending.Drain : _receiving.Drain;

    /// <summary>Receiver: how many messages the sender said it has waiting.</summary>
    public uint Available { get; private set; }

    /// <summary>Deliveries of this link that are not settled.</summary>
    public int UnsettledCount { get; internal set; }

    internal uint LocalHandle { get; }

    internal uint? RemoteHandle { get; private set; }

    /// <summary>True where our attach is not answered; the answer comes even if we have detached meanwhile.</summary>
    internal bool IsAwaitingAttach => _isOurs && !_knowsPeer && _phase != Phase.Detached;

    internal bool IsLive => _phase is Phase.Attaching or Phase.AttachSent or Phase.Attached;

    /// <summary>Transfer frames that came after our detach.</summary>
    internal uint DiscardedFrames { get; set; }

    internal bool IsDiscarding => _phase == Phase.DetachSent;

    private AmqpSettings Settings => Session.Connection.Settings;

    private IAmqpConnectionHandler Handler => Session.Connection.Handler;

    /// <summary>Grants a link that the peer asked for. Set <see cref="Owner"/> before: for a sender whose peer has given credit
    /// already, <see cref="IAmqpConnectionHandler.OnLinkFlow"/> is called from here.</summary>
    /// <returns>False where the link is over by now.</returns>
    public bool Accept(LinkAnswer answer)
    {
        if (_phase != Phase.Attaching)
            return false;
        SenderSettleMode = answer.SenderSettleMode ?? SenderSettleMode;
        ReceiverSettleMode = answer.ReceiverSettleMode ?? ReceiverSettleMode;
        _maxMessageSize = answer.MaxMessageSize ?? _maxMessageSize;
        var frame = new AttachFrame
        {
            Name = Name,
            Handle = LocalHandle,
            IsReceiver = !IsSender,
            SenderSettleMode = SenderSettleMode,
            ReceiverSettleMode = ReceiverSettleMode,
            Source = answer.Source,
            Target = answer.Target,
            MaxMessageSize = (ulong)_maxMessageSize,
            OfferedCapabilities = answer.OfferedCapabilities,
            DesiredCapabilities = [],
            Properties = answer.Properties,
        };
        if (!Connection.TrySend(Session.Channel, frame))
            return !Refuse(new AmqpError(AmqpConditions.FrameSizeTooSmall, "The answer does not fit the peer's max-frame-size."));
        _phase = Phase.Attached;
        if (IsSender && (Credit > 0 || IsDraining))
            Handler.OnLinkFlow(this);
        return true;
    }

    /// <summary>Refuses a link that the peer asked for: an attach without source and target, then a detach with the error.
    /// [AMQP 2.6.3]</summary>
    /// <returns>False where the link is over by now.</returns>
    public bool Refuse(AmqpError error)
    {
        if (_phase != Phase.Attaching)
            return false;
        SendNullAttach();
        SendDetach(closed: true, error);
        Report(error, byPeer: false);
        return true;
    }

    /// <summary>Detaches the link; <see cref="IAmqpConnectionHandler.OnLinkDetached"/> follows when the peer has detached too.
    /// Deliveries that come meanwhile are discarded. [AMQP 2.6.4]</summary>
    /// <param name="error">Why, or null.</param>
    /// <param name="closed">True to end the link for good, false to leave the peer's terminus as it is.</param>
    public void Detach(AmqpError? error = null, bool closed = true)
    {
        if (_phase == Phase.Attaching)
            SendNullAttach();
        if (_phase is Phase.DetachSent or Phase.Detached)
            return;
        SendDetach(closed, error);
        _detachError = error;
    }

    /// <summary>False, and nothing is sent, where the attach is larger than the frames that the peer takes.</summary>
    internal bool SendAttach(LinkSettings settings)
    {
        _phase = Phase.AttachSent;
        _isOurs = true;
        _announced = true;
        SenderSettleMode = settings.SenderSettleMode;
        ReceiverSettleMode = settings.ReceiverSettleMode;
        _maxMessageSize = settings.MaxMessageSize ?? _maxMessageSize;
        return Connection.TrySend(Session.Channel, new AttachFrame
        {
            Name = Name,
            Handle = LocalHandle,
            IsReceiver = !IsSender,
            SenderSettleMode = SenderSettleMode,
            ReceiverSettleMode = ReceiverSettleMode,
            Source = settings.Source,
            Target = settings.Target,
            MaxMessageSize = (ulong)_maxMessageSize,
            OfferedCapabilities = [],
            DesiredCapabilities = settings.DesiredCapabilities,
            Properties = settings.Properties,
        });
    }

    internal void OnAttachedByPeer(Attach attach)
    {
        Meet(attach);
        _phase = Phase.Attaching;
        if (!IsSender && attach.InitialDeliveryCount is null)
            Refuse(new AmqpError(AmqpConditions.InvalidField, "A sender's attach has no initial-delivery-count.")); // [AMQP 2.7.3]
        else if (attach.IsCoordinator)
            Refuse(new AmqpError(AmqpConditions.NotImplemented, "There are no transactions here."));
        else
            Announce(attach);
    }

    internal void OnAttachAnswered(Attach attach)
    {
        Meet(attach);
        if (_phase != Phase.AttachSent)
            return; // We have detached meanwhile.
        // [AMQP 2.6.3] A peer that refuses attaches without its terminus, and a detach follows.
        if (IsSender ? attach.Target is null && !attach.IsCoordinator : attach.Source is null)
            return;
        _phase = Phase.Attached;
        Handler.OnLinkAttached(this, attach);
    }

    internal void OnDetach(bool closed, AmqpError? error)
    {
        if (_phase == Phase.Attaching)
            SendNullAttach();
        if (_phase is not (Phase.DetachSent or Phase.Detached))
            Connection.Send(Session.Channel, new DetachFrame(LocalHandle, closed, null)); // [AMQP 2.6.4]
        bool wasOurs = _phase == Phase.DetachSent;
        _phase = Phase.Detached;
        Session.ForgetHandles(this);
        Report(error ?? _detachError, byPeer: !wasOurs || error is not null);
    }

    /// <summary>Ends the link because of an error on either side and reports it at once.</summary>
    internal void DetachForViolation(AmqpError error)
    {
        if (!IsLive)
            return;
        if (_phase == Phase.Attaching)
            SendNullAttach();
        SendDetach(closed: true, error);
        Report(error, byPeer: false);
    }

    /// <summary>The session or the connection is over.</summary>
    internal void Terminate(AmqpError? error, bool byPeer)
    {
        _phase = Phase.Detached;
        Report(error ?? _detachError, byPeer);
    }

    internal AmqpViolationException Violation(Symbol condition, string description) =>
        new(ErrorScope.Link, condition, description) { Link = this };

    private void Announce(Attach attach)
    {
        _announced = true;
        Handler.OnLinkAttaching(this, attach);
    }

    private void Meet(Attach attach)
    {
        _knowsPeer = true;
        RemoteHandle = attach.Handle;
        SenderSettleMode = attach.SenderSettleMode;
        ReceiverSettleMode = attach.ReceiverSettleMode;
        _remoteMaxMessageSize = attach.MaxMessageSize;
        if (!IsSender)
            _receiving.OnAttach(attach.InitialDeliveryCount ?? 0);
    }

    private void SendNullAttach() => Connection.Send(Session.Channel, new AttachFrame
    {
        Name = Name,
        Handle = LocalHandle,
        IsReceiver = !IsSender,
        SenderSettleMode = SenderSettleMode,
        ReceiverSettleMode = ReceiverSettleMode,
        OfferedCapabilities = [],
        DesiredCapabilities = [],
    });

    private void SendDetach(bool closed, AmqpError? error)
    {
        Connection.Send(Session.Channel, new DetachFrame(LocalHandle, closed, error));
        _phase = Phase.DetachSent;
        ReleaseBuffers();
    }

    private void Report(AmqpError? error, bool byPeer)
    {
        if (_reported)
            return;
        _reported = true;
        ReleaseBuffers();
        Session.ForgetDeliveries(this);
        UnsettledCount = 0;
        if (_announced)
            Handler.OnLinkDetached(this, error, byPeer);
    }
}
