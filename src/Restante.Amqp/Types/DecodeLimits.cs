namespace Restante.Amqp.Types;

/// <summary>Bounds on what one decoding of a value tree may build.</summary>
/// <param name="MaxDepth">Nesting of compounds and descriptors, 1 to 64.</param>
/// <param name="MaxValues">Values in the whole tree; it has never more than bytes, whatever an array of empty elements counts.</param>
public sealed record DecodeLimits(int MaxDepth = 16, int MaxValues = 16_384)
{
    public static DecodeLimits Default { get; } = new();
}
