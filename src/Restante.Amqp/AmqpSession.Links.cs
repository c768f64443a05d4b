using Restante.Amqp.Transport;

namespace Restante.Amqp;

/// <summary>Attach, detach and flow as they come from the peer.</summary>
public sealed partial class AmqpSession
{
    internal void SendFlow() => Connection.Send(Channel, SessionFlow());

    /// <summary>The session's part of a flow, for a link to add its own. What is announced holds from then on.</summary>
    internal FlowFrame SessionFlow()
    {
        _window.Refill();
        return new FlowFrame
        {
            NextIncomingId = _state == State.BeginSent ? null : _window.NextIncomingId, // [AMQP 2.7.4]
            IncomingWindow = _window.IncomingWindow,
            NextOutgoingId = _window.NextOutgoingId,
            OutgoingWindow = Settings.OutgoingWindow,
        };
    }

    private void OnAttach(Attach attach)
    {
        if (attach.Handle > Settings.HandleMax)
            // [AMQP 2.7.2]
            throw new AmqpViolationException(ErrorScope.Connection, AmqpConditions.FramingError, "A handle is above the handle-max.");
        if (Slots.Get(_byRemoteHandle, attach.Handle) is not null)
            throw Violation(AmqpConditions.HandleInUse, "A link was attached to a handle that is in use."); // [AMQP 2.6.3]
        if (attach.Name.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(attach.Name) > Settings.MaxLinkNameLength)
            throw Violation(AmqpConditions.ResourceLimitExceeded, "A link's name is empty or too long.");
        foreach (AmqpLink? known in _byLocalHandle)
        {
            if (known is null || known.Name != attach.Name)
                continue;
            if (known.IsAwaitingAttach && known.IsSender != attach.PeerIsSender)
            {
                Slots.Set(ref _byRemoteHandle, (int)attach.Handle, known);
                known.OnAttachAnswered(attach);
                return;
            }
        }

        Connection.StealLink(attach.Name, isSender: !attach.PeerIsSender);
        if (!IsActive)
            return; // The owner ended the session when it heard of the theft.
        AttachByPeer(attach);
    }

    private void AttachByPeer(Attach attach)
    {
        int handle = Slots.FirstFree(_byLocalHandle, Math.Min(_remoteHandleMax, Settings.HandleMax));
        if (handle < 0)
            throw Violation(AmqpConditions.ResourceLimitExceeded, "There is no handle left to answer a link.");
        var link = new AmqpLink(this, attach.Name, isSender: !attach.PeerIsSender, (uint)handle);
        Slots.Set(ref _byLocalHandle, handle, link);
        Slots.Set(ref _byRemoteHandle, (int)attach.Handle, link);
        link.OnAttachedByPeer(attach);
    }

    /// <summary>Ends a link of the same name and direction that another attach has taken over. [AMQP 2.6.1]</summary>
    internal void StealLink(string name, bool isSender)
    {
        foreach (AmqpLink? link in _byLocalHandle)
        {
            if (link is { IsLive: true } && link.IsSender == isSender && link.Name == name)
            {
                link.DetachForViolation(new AmqpError(AmqpConditions.Stolen, "The link was attached anew."));
                return;
            }
        }
    }

    private void OnDetach(in DetachFrame detach) => Known(detach.Handle).OnDetach(detach.Closed, detach.Error);

    private void OnFlow(in FlowFrame flow)
    {
        bool wasShut = !IsWindowOpen;
        _window.OnFlow(flow);
        // Held messages go first: they were begun before anything that the owner may send now.
        if (IsWindowOpen)
            ContinueHeld();
        if (flow.Handle is { } handle)
        {
            AmqpLink link = Known(handle);
            link.OnFlow(flow);
            if (wasShut && IsActive && IsWindowOpen)
                TellSenders(except: link);
            return;
        }

        if (flow.Echo)
            SendFlow(); // [AMQP 2.7.4]
        if (wasShut && IsWindowOpen)
            TellSenders(except: null);
    }

    private void ContinueHeld()
    {
        foreach (AmqpLink? link in _byLocalHandle)
        {
            if (!IsWindowOpen)
                return;
            link?.ContinueHeld();
        }
    }

    private void TellSenders(AmqpLink? except)
    {
        AmqpLink?[] links = _byLocalHandle;
        foreach (AmqpLink? link in links)
        {
            if (!IsActive)
                return;
            if (link is { CanSend: true } && !ReferenceEquals(link, except))
                Handler.OnLinkFlow(link);
        }
    }

    private AmqpLink Known(uint handle) => Slots.Get(_byRemoteHandle, handle)
        ?? throw Violation(AmqpConditions.UnattachedHandle, "A frame names a handle that is not attached."); // [AMQP 2.8.17]
}
