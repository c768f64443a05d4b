namespace Restante.Amqp.Types;

/// <summary>A value annotated with a descriptor. [AMQP 1.2.1]</summary>
/// <param name="Descriptor">Usually a <see cref="ulong"/> code or a <see cref="Symbol"/>.</param>
/// <param name="Value">The value described.</param>
public sealed record DescribedValue(object? Descriptor, object? Value);
