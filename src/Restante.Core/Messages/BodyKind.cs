namespace Restante.Core.Messages;

/// <summary>How the sender gave the body, so that a receiver on the same protocol gets it back in the same form.</summary>
public enum BodyKind
{
    /// <summary>Opaque bytes: an AMQP data section, an MQTT payload, an HTTP body.</summary>
    Binary = 0,

    /// <summary>UTF-8 text: an AMQP value of type string, an MQTT 5 payload marked as UTF-8.</summary>
    Text = 1,

    /// <summary>An AMQP value of type binary; opaque bytes on every other protocol.</summary>
    BinaryValue = 2,

    /// <summary>Body sections in AMQP encoding that have no plainer form (maps, lists, numbers, sequences).</summary>
    AmqpEncoded = 3,
}
