namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>How a refusal looked on the wire.</summary>
/// <param name="Side">Who was refused.</param>
/// <param name="Answer">The answer, in the words of the documentation.</param>
/// <param name="Reason">The sentence that came with it; null where the protocol has no place for one.</param>
/// <param name="Kind">The name of the kind, where the protocol tells it; else null.</param>
internal sealed record Refused(ISide Side, string Answer, string? Reason, string? Kind = null)
{
    /// <summary>Nothing was refused.</summary>
    public const string Taken = "taken";
}
