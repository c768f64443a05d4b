using Restante.Core.Storage;

namespace Restante.Core.Enrolment;

/// <summary>
/// Keeps the enrolment groups at hand: read from the store when they are first asked for, and again whenever one has changed.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class EnrolmentRoll(IEnrolmentStore store)
{
    private readonly SemaphoreSlim _reading = new(1, 1);
    private volatile IReadOnlyList<EnrolmentGroup>? _current;

    /// <summary>
    /// The groups in the order of their names. What they have enrolled is as of the last change. Fails as the store does.
    /// </summary>
    public async ValueTask<IReadOnlyList<EnrolmentGroup>> GetAsync() => _current ?? await ReloadAsync();

    /// <summary>Reads them anew; from then on everybody judges by them. Fails as the store does.</summary>
    public async ValueTask<IReadOnlyList<EnrolmentGroup>> ReloadAsync()
    {
        await _reading.WaitAsync(); // What was read first must not be kept last.
        try
        {
            return _current = await store.ListGroupsAsync();
        }
        finally
        {
            _reading.Release();
        }
    }
}
