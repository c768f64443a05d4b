using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Sessions;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// A device behind the field gateway of a connection, for as long as the gateway has subscriptions for it. They end, and the gateway is
/// told, when the device comes by itself, is disabled or removed, or gets another gateway or none; the connection goes on.
/// </summary>
/// <param name="owner">The connection of the field gateway.</param>
/// <param name="id">The device's id, as the peer wrote it.</param>
internal sealed class ChildDevice(DeviceConnection owner, string id) : ISubscriber, ILiveConnection
{
    private ChildEntry? _entry;
    private Task<Refusal?>? _entering;
    private long _retryAtMs = long.MaxValue;

    /// <summary>The device's id, as the peer wrote it.</summary>
    public string Id => id;

    public DeviceConnection Owner => owner;

    public DevicePrincipal Device => _entry!.Device;

    public string Prefix { get; } = $"devices/{id}/";

    public SubscriptionSet Subscriptions { get; set; }

    public MailboxFlow? Mailbox { get; set; }

    public StateFlow? State { get; set; }

    /// <summary>Whether the gateway is known to act for it.</summary>
    public bool IsEntered { get; private set; }

    /// <summary>Whether the connection has nothing to do with it any more.</summary>
    public bool IsOver { get; private set; }

    /// <summary>When something is tried again, on the clock of the connection; <see cref="long.MaxValue"/> for never.</summary>
    public long RetryAtMs =>
        Math.Min(_retryAtMs, Math.Min(Mailbox?.RetryAtMs ?? long.MaxValue, State?.RetryAtMs ?? long.MaxValue));

    /// <summary>
    /// Finds out whether the gateway may act for the device, and enters the live connections. Tell the answer to <see cref="HasEntered"/>
    /// in a turn. Refusals: forbidden, unauthorized, conflict, unavailable.
    /// </summary>
    public ValueTask<Refusal?> EnterAsync()
    {
        if (IsEntered)
            return ValueTask.FromResult<Refusal?>(null);
        _entering ??= EnterOnceAsync();
        return new ValueTask<Refusal?>(_entering);
    }

    /// <summary>The answer to <see cref="EnterAsync"/>.</summary>
    public void HasEntered(Refusal? refusal)
    {
        _entering = null;
        if (IsOver || IsEntered)
            return;
        if (refusal is null)
        {
            IsEntered = true;
            return;
        }

        _entry?.Withdraw(refusal.Message);
        if (Subscriptions.IsEmpty)
            Forget(refusal.Message);
    }

    /// <summary>Goes on with subscriptions of a kept session; tries again while the store is unavailable.</summary>
    public void Begin() => owner.Await(EnterAsync(), this, static (refusal, child) => child.Begun(refusal));

    /// <summary>The store is asked again for what it refused as unavailable, if it is time.</summary>
    public void Retry(long nowMs)
    {
        if (nowMs >= _retryAtMs)
        {
            _retryAtMs = long.MaxValue;
            Begin();
        }

        if (Mailbox is MailboxFlow mailbox && nowMs >= mailbox.RetryAtMs)
            mailbox.Retry();
        if (State is StateFlow state && nowMs >= state.RetryAtMs)
            state.Retry();
    }

    /// <summary>Other things are subscribed to than before, or nothing.</summary>
    /// <param name="anew">Whether the desired state is to be sent though the gateway has had it.</param>
    public void SubscriptionsChanged(bool anew)
    {
        if (!IsEntered || IsOver)
            return;
        StateFlow.Follow(this, anew);
        Mailbox?.SubscriptionsChanged();
        Detached();
    }

    public void Detached()
    {
        if (IsEntered && !IsOver && Subscriptions.IsEmpty && Mailbox is null or { IsDetached: true } && !owner.IsSubscribing)
            Forget("The field gateway has no more subscriptions for the device.");
    }

    public void Lose(MqttReasonCode code, string why)
    {
        if (IsOver)
            return;
        bool wasSubscribed = !Subscriptions.IsEmpty;
        uint[] identifiers = Subscriptions.IdentifiersOfEnded();
        MailboxFlow? mailbox = Mailbox;
        Subscriptions = default;
        Mailbox = null;
        StateFlow.Follow(this, anew: false);
        Forget(why);
        mailbox?.Abandon();
        owner.Head.Metrics.ChildLost(code);
        Log.ChildLost(owner.Head.Logger, owner.Id, owner.DeviceName, id, code, why);
        if (!wasSubscribed)
            return;
        if (!LossWriter.Send(owner.Engine, Prefix, code, why, identifiers))
            owner.Head.Metrics.Misfit();
        owner.KeepSubscriptions();
    }

    /// <summary>The connection has ended; what it holds of the mailbox is given back later.</summary>
    public void End(string why)
    {
        State?.End();
        owner.Head.Metrics.Children(-1);
        _entry?.Leave(why);
    }

    void ILiveConnection.End(EndReason reason, string description) =>
        owner.Post((Child: this, reason, description), static (_, end) => end.Child.Lose(RefusalMap.ForEnd(end.reason), end.description));

    private async Task<Refusal?> EnterOnceAsync()
    {
        _entry ??= new ChildEntry(owner.Head.Gateway, id, this, owner.Name);
        return (await _entry.EnterAsync(owner.Principal!)).Refusal;
    }

    private void Begun(Refusal? refusal)
    {
        HasEntered(refusal);
        if (IsOver)
            return;
        if (IsEntered)
        {
            if (Subscriptions.WantsMail)
                Mailbox!.Begin();
            StateFlow.Follow(this, anew: false);
            Detached();
        }
        else if (refusal!.Kind == RefusalKind.Unavailable)
        {
            _retryAtMs = owner.NowMs + owner.Head.Options.StoreRetryMs;
        }
        else
        {
            Lose(RefusalMap.ForEnd(EndReason.CredentialChanged), refusal.Message);
        }
    }

    private void Forget(string why)
    {
        IsOver = true;
        _retryAtMs = long.MaxValue;
        owner.RemoveChild(this);
        _entry?.Leave(why);
    }
}
