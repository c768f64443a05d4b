namespace Restante.Architecture.Tests.Specifications;

/// <summary>One statement of a specification.</summary>
/// <param name="Id">Its name as tests give it, the prefix of the specification included.</param>
/// <param name="Number">Its number within the specification.</param>
/// <param name="Breaker">Who can break it: server, client or both.</param>
/// <param name="Gist">What it asks, in words of our own.</param>
/// <param name="Reason">Why it does not apply; null where it does.</param>
/// <param name="IsKept">False where it applies and is not kept, on purpose; the reason says why.</param>
internal sealed record Statement(string Id, string Number, string Breaker, string Gist, string? Reason, bool IsKept)
{
    /// <summary>Whether something is owed for it: a test or a reason.</summary>
    public bool IsOurs => Breaker is "server" or "both";
}
