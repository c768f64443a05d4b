namespace Restante.Mqtt.Codec;

/// <summary>What protocol name and level of a CONNECT ask for. [MQTT 5 §3.1.2.1, §3.1.2.2]</summary>
internal enum ProtocolAnswer
{
    /// <summary>Spoken here: 3.1.1.</summary>
    V311,

    /// <summary>Spoken here: 5.0.</summary>
    V500,

    /// <summary>An older level, answered in the form of 3.1.1.</summary>
    Older,

    /// <summary>A newer level, answered in the form of 5.0.</summary>
    Newer,

    /// <summary>Not MQTT: closed without an answer.</summary>
    Foreign,
}
