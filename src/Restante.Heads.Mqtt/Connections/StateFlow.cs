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
/// <param name="subscriber">The device.</param>
internal sealed class StateFlow(ISubscriber subscriber) : IStateListener
{
    private readonly DevicePrincipal _device = subscriber.Device;
    private PacketId _sent;
    private int _changePosted;
    private bool _isDue;
    private bool _isReading;
    private bool _hasEnded;

    /// <summary>When the store is asked again, on the clock of the connection; <see cref="long.MaxValue"/> for never.</summary>
    public long RetryAtMs { get; private set; } = long.MaxValue;

    /// <summary>Whether it is about to use a place among what the device may hold unacknowledged, which mail must leave to it.</summary>
    public bool NeedsRoom => _isReading || (_isDue && _sent.IsNone && RetryAtMs == long.MaxValue);

    private DeviceConnection Owner => subscriber.Owner;

    /// <summary>Any thread.</summary>
    void IStateListener.OnDesiredChanged(long version)
    {
        if (Interlocked.Exchange(ref _changePosted, 1) == 0)
        {
            Owner.Post(this, static (_, flow) =>
            {
                Volatile.Write(ref flow._changePosted, 0);
                flow.Changed();
            });
        }
    }

    /// <summary>Begins or ends to keep a device up with its desired state, as its subscriptions say.</summary>
    /// <param name="subscriber">The device.</param>
    /// <param name="anew">Whether it is to be sent though the device has had it.</param>
    public static void Follow(ISubscriber subscriber, bool anew)
    {
        if (!subscriber.Subscriptions.TrySelect(StateTopics.Desired, out _))
        {
            subscriber.State?.End();
            subscriber.State = null;
        }
        else if (subscriber.State is null)
        {
            subscriber.State = new StateFlow(subscriber);
            subscriber.State.Begin();
        }
        else if (anew)
        {
            subscriber.State.Changed();
        }
    }

    /// <summary>Listens from now on, and sends what there is.</summary>
    public void Begin()
    {
        Owner.Head.Gateway.States.Listen(_device, this);
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
        Owner.Await(Owner.Head.Gateway.States.GetNewsAsync(_device), this, static (result, flow) => flow.Read(result));
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
        Owner.Head.Gateway.States.Forget(_device, this);
    }

    private bool CanSend() =>
        !_isReading && !_hasEnded && _sent.IsNone && RetryAtMs == long.MaxValue && !Owner.IsEnding && !Owner.OutputIsHigh
        && (!subscriber.Subscriptions.TrySelect(StateTopics.Desired, out MqttQos qos)
            || qos == MqttQos.AtMostOnce
            || Owner.Engine.SendQuota > 0); // [MQTT-3.3.4-9]

    private void Read(Result<StateDocument> result)
    {
        _isReading = false;
        Take(result);
        Pump();
        Owner.PumpMail(); // It may have left room for this.
    }

    private void Take(Result<StateDocument> result)
    {
        if (_hasEnded || Owner.IsEnding)
            return;
        if (result.Refusal is Refusal refusal)
        {
            if (refusal.Kind != RefusalKind.Unavailable)
                return; // The device is gone, and its connection about to be.
            _isDue = true;
            RetryAtMs = Owner.NowMs + Owner.Head.Options.StoreRetryMs;
            return;
        }

        if (!CanSend())
        {
            _isDue = true;
            return;
        }

        if (!subscriber.Subscriptions.TrySelect(StateTopics.Desired, out MqttQos qos))
            return;
        uint[] identifiers = subscriber.Subscriptions.IdentifiersOf(StateTopics.Desired);
        MqttSendResult sent = StateWriter.SendDesired(Owner.Engine, subscriber.Prefix, result.Value!.Desired, qos, identifiers);
        if (sent.IsSent)
        {
            _sent = sent.PacketId;
            Owner.Head.Metrics.StateSent();
        }
        else if (sent.Status == MqttSendStatus.TooLarge)
        {
            Owner.Head.Metrics.Misfit();
        }
        else
        {
            _isDue = true;
        }
    }
}
