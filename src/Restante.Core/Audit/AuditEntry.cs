using Restante.Core.Refusals;

namespace Restante.Core.Audit;

/// <summary>
/// An administrative act, or a refusal. It holds names and fixed words; never a payload, a key, a token or a claim.
/// </summary>
public sealed record AuditEntry
{
    /// <summary>The longest text of a line that is kept, in characters; what is longer is cut.</summary>
    public const int MaxTextLength = 256;

    /// <summary>What was done or tried: the id of the operation as in the API description, whichever protocol it came by.</summary>
    public required string Act { get; init; }

    /// <summary>Who did it.</summary>
    public required AuditActor By { get; init; }

    /// <summary>
    /// What it was done to: a path as in REST without <c>/v1/</c>, for example <c>devices/truck-17</c>; null for nothing.
    /// </summary>
    public string? Target { get; init; }

    /// <summary>Why it was refused; null for what was done.</summary>
    public RefusalKind? Refusal { get; init; }

    /// <summary>More about it in a few words: a slot, a count, a cause; null for nothing.</summary>
    public string? Detail { get; init; }

    /// <summary>A text as far as it is kept; never half a surrogate pair at its end, which could not be written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="max">How many characters are kept at the most; 1 and more.</param>
    public static string Cut(string text, int max) =>
        text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
}
