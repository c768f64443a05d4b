namespace Restante.Simulation.Tests.Peers;

/// <summary>What a device sends.</summary>
internal enum PublicationKind
{
    Telemetry,
    Report,
    Inquiry,
}

/// <summary>One thing that a device sends, and what became of it.</summary>
internal sealed class Publication
{
    public required string Id { get; init; }

    public required string Device { get; init; }

    public required PublicationKind Kind { get; init; }

    /// <summary>Of an inquiry.</summary>
    public string? Subject { get; init; }

    /// <summary>What it says; its id when nothing else is given.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Of a question to the gateway about the device's own keys: what it changes.</summary>
    public KeyChange? Change { get; init; }

    /// <summary>Of a report: the command.</summary>
    public string? Command { get; init; }

    /// <summary>Of a report: its place.</summary>
    public int Number { get; init; }

    /// <summary>Durably taken: the gateway said so.</summary>
    public bool IsAcknowledged { get; set; }

    public bool IsRefused { get; set; }

    /// <summary>The connection it was sent on, and its place among what was sent there; for order.</summary>
    public string? Connection { get; set; }

    public int Place { get; set; }

    /// <summary>How it is sent by MQTT.</summary>
    public Restante.Mqtt.Packets.MqttQos Qos { get; init; } = Restante.Mqtt.Packets.MqttQos.AtLeastOnce;
}
