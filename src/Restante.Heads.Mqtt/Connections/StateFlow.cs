using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.States;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>
/// Keeps a subscribed device up with its desired state: sends it at first and after every change. Only the newest counts: one is on the way
/// at a time, and what changes meanwhile is read when that is acknowledged.
/// </summary>
internal sealed class StateFlow(DeviceConnection owner) : IStateListener
{
    private readonly DevicePrincipal _device = owner.Principal!;
    private PacketId _sent;
    private int _changePosted;
    private bool _isDue;
    private bool _isReading;
    private bool _hasEnded;

    /// <summary>When the store is asked again, on the clock of the connection; <see cref="long.MaxValue"/> for never.</summary>
    public long RetryAtMs { get; private set; } = long.MaxValue;

    /// <summary>Whether it is about to use a place among what the device may hold unacknowledged, which mail must leave to it.</summary>
    public bool NeedsRoom => _isReading || (_isDue && _sent.IsNone && RetryAtMs == long.MaxValue);

    /// <summary>Any thread.</summary>
    void IStateListener.OnDesiredChanged(long version)
    {
        if (Interlocked.Exchange(ref _changePosted, 1) == 0)
        {
            owner.Post(this, static (_, flow) =>
            {
                Volatile.Write(ref flow._changePosted, 0);
                flow.Changed();
            });
        }
    }

    /// <summary>Listens from now on, and sends what there is.</summary>
    public void Begin()
    {
        owner.Head.Gateway.States.Listen(_device, this);
        Changed();
    }

    /// <summary>The newest has to be sent.</summary>
    public void Changed()
    {
        _isDue = true;
        Pump();
    }

    /// <summary>Sends what is due when there is room for it.</summary>
    public void Pump()
    {
        if (!_isDue || !CanSend())
            return;
        _isDue = false;
        _isReading = true;
        owner.Await(owner.Head.Gateway.States.GetAsync(_device), this, static (result, flow) => flow.Read(result));
    }

    /// <summary>The store is asked again.</summary>
    public void Retry()
    {
        RetryAtMs = long.MaxValue;
        Pump();
    }

    /// <summary>The device has acknowledged something, which makes room.</summary>
    public void Acknowledged(PacketId id)
    {
        if (id == _sent)
            _sent = PacketId.None;
        Pump();
    }

    /// <summary>Listens no longer. Once.</summary>
    public void End()
    {
        _hasEnded = true;
        owner.Head.Gateway.States.Forget(_device, this);
    }

    private bool CanSend() =>
        !_isReading && !_hasEnded && _sent.IsNone && RetryAtMs == long.MaxValue && !owner.IsEnding && !owner.OutputIsHigh
        && (!owner.Subscriptions.TrySelect(StateTopics.Desired, out MqttQos qos)
            || qos == MqttQos.AtMostOnce
            || owner.Engine.SendQuota > 0); // [MQTT-3.3.4-9]

    private void Read(Result<StateDocument> result)
    {
        _isReading = false;
        Take(result);
        Pump();
        owner.Mailbox?.Pump(); // It may have left room for this.
    }

    private void Take(Result<StateDocument> result)
    {
        if (_hasEnded || owner.IsEnding)
            return;
        if (result.Refusal is Refusal refusal)
        {
            if (refusal.Kind != RefusalKind.Unavailable)
                return; // The device is gone, and its connection about to be.
            _isDue = true;
            RetryAtMs = owner.NowMs + owner.Head.Options.StoreRetryMs;
            return;
        }

        if (!CanSend())
        {
            _isDue = true;
            return;
        }

        if (!owner.Subscriptions.TrySelect(StateTopics.Desired, out MqttQos qos))
            return;
        uint[] identifiers = owner.Subscriptions.IdentifiersOf(StateTopics.Desired);
        MqttSendResult sent = StateWriter.SendDesired(owner.Engine, result.Value!.Desired, qos, identifiers);
        if (sent.IsSent)
        {
            _sent = sent.PacketId;
            owner.Head.Metrics.StateSent();
        }
        else if (sent.Status == MqttSendStatus.TooLarge)
        {
            owner.Head.Metrics.Misfit();
        }
        else
        {
            _isDue = true;
        }
    }
}
