using System.Text;
using Restante.Mqtt;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>CONNACK as a device saw it.</summary>
internal sealed record ConnAck(
    MqttReasonCode Code, bool SessionPresent, string? AssignedClientId, uint? SessionExpiry, uint? KeepAlive, uint? RetainAvailable, uint? ReceiveMaximum, string? Reason)
{
    public string? Elsewhere { get; init; }
}

/// <summary>A message as a device got it.</summary>
internal sealed record Mail
{
    public required string Topic { get; init; }

    public required byte[] Payload { get; init; }

    public required MqttQos Qos { get; init; }

    public bool Retain { get; init; }

    public bool Duplicate { get; init; }

    public PacketId Id { get; init; }

    public string? ContentType { get; init; }

    public string? ResponseTopic { get; init; }

    public byte[] Correlation { get; init; } = [];

    public byte? Format { get; init; }

    public uint? Expiry { get; init; }

    public uint[] SubscriptionIds { get; init; } = [];

    public IReadOnlyList<MqttUserProperty> Properties { get; init; } = [];

    public string Text => Encoding.UTF8.GetString(Payload);

    public string Lease => Property("lease") ?? throw new InvalidOperationException("No lease on the message.");

    public string? Property(string name) => Properties.Where(p => p.Name == name).Select(p => p.Value).FirstOrDefault();
}

/// <summary>PUBACK, PUBREC or PUBCOMP as a device got it.</summary>
internal sealed record Answer(MqttAcknowledgementStage Stage, PacketId Id, MqttReasonCode Code, string Reason);

/// <summary>PUBREL as a device got it.</summary>
internal sealed record Release(PacketId Id);

/// <summary>SUBACK or UNSUBACK as a device got it.</summary>
internal sealed record SubAnswer(PacketId Id, MqttReasonCode[] Codes, string Reason);

/// <summary>DISCONNECT as a device got it.</summary>
internal sealed record Goodbye(MqttReasonCode Code, string Reason, string Elsewhere = "");

/// <summary>The end of the connection.</summary>
internal sealed record Gone(MqttCloseCause Cause);
