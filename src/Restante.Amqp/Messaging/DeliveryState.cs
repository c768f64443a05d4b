using Restante.Amqp.Types;

namespace Restante.Amqp.Messaging;

/// <summary>The state of a delivery at one of its ends. [AMQP 3.4]</summary>
public abstract record DeliveryState
{
    /// <summary>True for the states after which nothing more happens to the delivery.</summary>
    public virtual bool IsTerminal => true;
}

/// <summary>The message was processed. [AMQP 3.4.2]</summary>
public sealed record Accepted : DeliveryState
{
    private Accepted()
    {
    }

    public static Accepted Instance { get; } = new();
}

/// <summary>The message is invalid and must not be delivered again. [AMQP 3.4.3]</summary>
/// <param name="Error">Why, or null.</param>
public sealed record Rejected(AmqpError? Error) : DeliveryState
{
    public static Rejected WithoutError { get; } = new((AmqpError?)null);
}

/// <summary>The message was not processed and goes back. [AMQP 3.4.4]</summary>
public sealed record Released : DeliveryState
{
    private Released()
    {
    }

    public static Released Instance { get; } = new();
}

/// <summary>The message was not processed and goes back changed. [AMQP 3.4.5]</summary>
/// <param name="DeliveryFailed">Count this as a failed attempt.</param>
/// <param name="UndeliverableHere">Do not deliver it to this link again.</param>
/// <param name="Annotations">Merged into the message annotations, or null.</param>
public sealed record Modified(bool DeliveryFailed, bool UndeliverableHere, AmqpMap? Annotations = null) : DeliveryState
{
    private static readonly Modified[] Plain = [new(false, false), new(true, false), new(false, true), new(true, true)];

    /// <summary>A shared instance without annotations.</summary>
    public static Modified Of(bool deliveryFailed, bool undeliverableHere) =>
        Plain[(deliveryFailed ? 1 : 0) + (undeliverableHere ? 2 : 0)];
}

/// <summary>Partial data has arrived. Not terminal. [AMQP 3.4.1]</summary>
/// <param name="SectionNumber">The section to resume at.</param>
/// <param name="SectionOffset">Bytes of that section received.</param>
public sealed record Received(uint SectionNumber, ulong SectionOffset) : DeliveryState
{
    public override bool IsTerminal => false;
}

/// <summary>The transaction extension's state, or another that this engine does not know.</summary>
/// <param name="Descriptor">Its numeric or symbolic descriptor.</param>
public sealed record UnknownState(object? Descriptor) : DeliveryState
{
    public override bool IsTerminal => false;
}
