using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>Details of an error. [AMQP 2.8.14]</summary>
/// <param name="Condition">The error condition, usually one of <see cref="AmqpConditions"/>.</param>
/// <param name="Description">Supplementary text for a human; cut to 256 characters when it is sent.</param>
/// <param name="Info">A map of further details with symbol keys.</param>
public sealed record AmqpError(Symbol Condition, string? Description = null, AmqpMap? Info = null);
