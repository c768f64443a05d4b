using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Peers;

/// <summary>A frame that the engine wrote, taken apart for a look.</summary>
internal sealed record SentFrame(byte Type, ushort Channel, ulong Code, IReadOnlyList<object?> Fields, byte[] Payload)
{
    internal object? this[int index] => index < Fields.Count ? Fields[index] : null;

    /// <summary>The condition of the error in the field given, or null.</summary>
    internal string? Condition(int field) =>
        (this[field] as DescribedValue)?.Value is IReadOnlyList<object?> { Count: > 0 } error ? ((Symbol)error[0]!).Value : null;

    internal ulong? State(int field) => (this[field] as DescribedValue)?.Descriptor as ulong?;

    public override string ToString() => $"{Channel}:{Code:x}";
}
