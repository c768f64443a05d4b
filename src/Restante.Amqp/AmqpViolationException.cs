using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>The peer broke the protocol, or bytes are no valid encoding. The only exception the decoders throw.</summary>
/// <remarks>Inside the engine it carries the endpoint it costs and is caught in one place. Who reads a message that a
/// peer sent should catch it and reject that delivery with <c>amqp:decode-error</c>.</remarks>
public sealed class AmqpViolationException : Exception
{
    public AmqpViolationException(Symbol condition, string description)
        : base(description) => Condition = condition;

    internal AmqpViolationException(ErrorScope scope, Symbol condition, string description)
        : base(description)
    {
        Scope = scope;
        Condition = condition;
    }

    /// <summary>The error condition to tell the peer, for example <c>amqp:decode-error</c>.</summary>
    public Symbol Condition { get; }

    public ErrorScope Scope { get; }

    internal AmqpSession? Session { get; init; }

    internal AmqpLink? Link { get; init; }

    /// <summary>True where the byte stream itself can no longer be followed, so that waiting for a close is pointless.</summary>
    internal bool LosesFraming { get; init; }

    internal static AmqpViolationException Decode(string description) =>
        new(ErrorScope.Connection, AmqpConditions.DecodeError, description);
}
