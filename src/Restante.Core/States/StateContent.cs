namespace Restante.Core.States;

/// <summary>One part of a state document as it stands.</summary>
/// <param name="Version">Counts the changes of this part; 0 before the first. It is the part's ETag.</param>
/// <param name="ChangedAtMs">When it was last changed, in milliseconds since the Unix epoch; 0 before the first change.</param>
/// <param name="Json">A JSON object in UTF-8, compact; <c>{}</c> before the first change.</param>
public sealed record StateContent(long Version, long ChangedAtMs, ReadOnlyMemory<byte> Json)
{
    /// <summary>A part that was never written.</summary>
    public static StateContent Empty { get; } = new(0, 0, "{}"u8.ToArray());
}
