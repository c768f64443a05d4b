using System.Diagnostics.Metrics;
using Restante.Core.Mailboxes;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt;

/// <summary>The counters of the MQTT head. No label ever names a device, a client or a message.</summary>
internal sealed class MqttMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Restante.Mqtt";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _connects;
    private readonly Counter<long> _closes;
    private readonly Counter<long> _published;
    private readonly Counter<long> _publishRefusals;
    private readonly Counter<long> _subscribeRefusals;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _settled;
    private readonly Counter<long> _late;
    private readonly Counter<long> _misfits;
    private readonly Counter<long> _states;
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _takeovers;
    private readonly UpDownCounter<long> _children;
    private readonly Counter<long> _childrenLost;
    private readonly Counter<long> _wills;
    private readonly Counter<long> _pauses;

    public MqttMetrics()
    {
        _connects = _meter.CreateCounter<long>("restante.mqtt.connects", description: "CONNECTs answered, by version and reason code.");
        _closes = _meter.CreateCounter<long>("restante.mqtt.closes", description: "Connections ended, by cause.");
        _published = _meter.CreateCounter<long>("restante.mqtt.publishes", description: "Publishes of devices that were done, by QoS.");
        _publishRefusals = _meter.CreateCounter<long>(
            "restante.mqtt.publish.refusals", description: "Publishes refused, by reason code and QoS.");
        _subscribeRefusals = _meter.CreateCounter<long>(
            "restante.mqtt.subscribe.refusals", description: "Filters refused, by reason code.");
        _deliveries = _meter.CreateCounter<long>("restante.mqtt.deliveries", description: "Messages sent to devices, by QoS.");
        _settled = _meter.CreateCounter<long>("restante.mqtt.settled", description: "Settles done, by verb.");
        _late = _meter.CreateCounter<long>("restante.mqtt.settles.late", description: "Settles that came after their lease had lapsed.");
        _misfits = _meter.CreateCounter<long>(
            "restante.mqtt.deliveries.misfits", description: "Messages rejected as they do not fit the device's packet size or MQTT.");
        _states = _meter.CreateCounter<long>("restante.mqtt.states", description: "Desired states and state documents sent to devices.");
        _sessions = _meter.CreateCounter<long>("restante.mqtt.sessions", description: "Client sessions, by what became of them.");
        _takeovers = _meter.CreateCounter<long>(
            "restante.mqtt.takeovers", description: "Connections taken over by a newer one with the same client identifier.");
        _children = _meter.CreateUpDownCounter<long>(
            "restante.mqtt.children", description: "Devices behind field gateways that these have subscriptions for.");
        _childrenLost = _meter.CreateCounter<long>(
            "restante.mqtt.children.lost", description: "Such devices whose subscriptions the gateway ended, by reason code.");
        _wills = _meter.CreateCounter<long>("restante.mqtt.wills", description: "Wills, by what became of them.");
        _pauses = _meter.CreateCounter<long>(
            "restante.mqtt.pauses", description: "Times a device was not read as the store was behind, or as it was beyond its quota.");
    }

    public void Dispose() => _meter.Dispose();

    public void ConnectAnswered(MqttVersion version, MqttReasonCode code) =>
        _connects.Add(1, new("version", version == MqttVersion.V311 ? "3.1.1" : "5"), new("code", code.ToString()));

    public void Closed(MqttCloseCause cause) => _closes.Add(1, new KeyValuePair<string, object?>("cause", cause.ToString()));

    public void Published(MqttQos qos) => _published.Add(1, new KeyValuePair<string, object?>("qos", (int)qos));

    public void PublishRefused(MqttReasonCode code, MqttQos qos) =>
        _publishRefusals.Add(1, new("code", code.ToString()), new("qos", (int)qos));

    public void SubscribeRefused(MqttReasonCode code) =>
        _subscribeRefusals.Add(1, new KeyValuePair<string, object?>("code", code.ToString()));

    public void Delivered(MqttQos qos) => _deliveries.Add(1, new KeyValuePair<string, object?>("qos", (int)qos));

    public void Settled(SettleVerb verb) => _settled.Add(1, new KeyValuePair<string, object?>("verb", verb.ToString()));

    public void LateSettle() => _late.Add(1);

    public void Misfit() => _misfits.Add(1);

    public void StateSent() => _states.Add(1);

    public void Session(string result) => _sessions.Add(1, new KeyValuePair<string, object?>("result", result));

    public void TakenOver() => _takeovers.Add(1);

    public void Children(int change) => _children.Add(change);

    public void ChildLost(MqttReasonCode code) => _childrenLost.Add(1, new KeyValuePair<string, object?>("code", code.ToString()));

    public void WillStored() => Will("stored");

    public void WillCancelled() => Will("cancelled");

    public void WillLost() => Will("lost");

    public void WillRevoked() => Will("revoked");

    public void Paused() => _pauses.Add(1);

    private void Will(string result) => _wills.Add(1, new KeyValuePair<string, object?>("result", result));
}
