namespace Restante.Contracts;

/// <summary>All enrolment groups in the order of their names.</summary>
public sealed record EnrolmentPage
{
    /// <summary>The groups.</summary>
    public required IReadOnlyList<EnrolmentView> Items { get; init; }
}
