namespace Restante.Amqp.Messaging;

/// <summary>The sections that make up a message's body. [AMQP 3.2]</summary>
public enum BodyKind : byte
{
    /// <summary>No body section.</summary>
    None,

    /// <summary>One or more binary data sections.</summary>
    Data,

    /// <summary>One or more amqp-sequence sections.</summary>
    Sequence,

    /// <summary>A single amqp-value section.</summary>
    Value,
}
