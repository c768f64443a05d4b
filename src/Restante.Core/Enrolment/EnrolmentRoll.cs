using Restante.Core.Storage;

namespace Restante.Core.Enrolment;

/// <summary>
/// Keeps the enrolment groups at hand: read from the store when they are first asked for, and again whenever one has changed.
/// </summary>
internal sealed class EnrolmentRoll(IEnrolmentStore store)
{
    private readonly LatestReading<IReadOnlyList<EnrolmentGroup>> _groups = new(() => store.ListGroupsAsync());

    /// <summary>
    /// The groups in the order of their names. What they have enrolled is as of the last change. Fails as the store does.
    /// </summary>
    public ValueTask<IReadOnlyList<EnrolmentGroup>> GetAsync() => _groups.GetAsync();

    /// <summary>Reads them anew; from then on everybody judges by them. Fails as the store does.</summary>
    public ValueTask<IReadOnlyList<EnrolmentGroup>> ReloadAsync() => _groups.ReloadAsync();
}
