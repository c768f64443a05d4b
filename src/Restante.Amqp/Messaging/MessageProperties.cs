using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>The immutable properties of a message. Null stands for absent. [AMQP 3.2.4]</summary>
public sealed class MessageProperties
{
    /// <summary>A <see cref="ulong"/>, <see cref="Guid"/>, byte[] or string.</summary>
    public object? MessageId { get; set; }

    public ReadOnlyMemory<byte>? UserId { get; set; }

    public string? To { get; set; }

    public string? Subject { get; set; }

    public string? ReplyTo { get; set; }

    /// <summary>A <see cref="ulong"/>, <see cref="Guid"/>, byte[] or string.</summary>
    public object? CorrelationId { get; set; }

    public Symbol? ContentType { get; set; }

    public Symbol? ContentEncoding { get; set; }

    public AmqpTimestamp? AbsoluteExpiryTime { get; set; }

    public AmqpTimestamp? CreationTime { get; set; }

    public string? GroupId { get; set; }

    public uint? GroupSequence { get; set; }

    public string? ReplyToGroupId { get; set; }
}
