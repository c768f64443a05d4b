namespace Restante.Contracts;

/// <summary>A refusal, as problem details (RFC 9457).</summary>
public sealed record ProblemView
{
    /// <summary>The media type of problem details.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Names the kind of problem as a URI: <c>urn:restante:problem:</c> and the kind.</summary>
    public required string Type { get; init; }

    /// <summary>The kind in words; the same for every problem of the kind.</summary>
    public required string Title { get; init; }

    /// <summary>The HTTP status.</summary>
    public required int Status { get; init; }

    /// <summary>What was refused and why, and often how to mend it. For people; may change.</summary>
    public string? Detail { get; init; }

    /// <summary>Of a kind <c>forbidden</c>: the right that the policy lacks, if that is the cause.</summary>
    public string? MissingRight { get; init; }

    /// <summary>
    /// The kind for programs: <c>not-found</c>, <c>unauthorized</c>, <c>forbidden</c>, <c>conflict</c>, <c>mailbox-full</c>,
    /// <c>too-large</c>,
    /// <c>malformed</c>, <c>expired</c>, <c>throttled</c>, <c>unavailable</c>, and beside the catalogue <c>method-not-allowed</c> and
    /// <c>internal</c>.
    /// </summary>
    public required string Kind { get; init; }
}
