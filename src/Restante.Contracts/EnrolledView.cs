namespace Restante.Contracts;

/// <summary>An id that was enrolled once, and is not enrolled again until it is released.</summary>
public sealed record EnrolledView
{
    /// <summary>The id.</summary>
    public required string Id { get; init; }

    /// <summary>The enrolment group, which may be gone.</summary>
    public required string Group { get; init; }

    /// <summary>By what it was enrolled: <c>authority</c>, <c>key</c> or <c>claim</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>When it was enrolled.</summary>
    public required DateTimeOffset At { get; init; }
}
