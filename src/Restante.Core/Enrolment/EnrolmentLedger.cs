using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;

namespace Restante.Core.Enrolment;

/// <summary>The ids that were enrolled once, and so are not enrolled again until an operator releases them.</summary>
public sealed class EnrolmentLedger
{
    /// <summary>The most entries one listing returns.</summary>
    public const int MaxPage = 1_000;

    private readonly IEnrolmentStore _store;
    private readonly HistoryBook _history;

    internal EnrolmentLedger(IEnrolmentStore store, HistoryBook history)
    {
        _store = store;
        _history = history;
    }

    /// <summary>Finds the entry of an id. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<EnrolledDevice>> FindAsync(string id)
    {
        try
        {
            return DeviceId.TryParse(id, out DeviceId device) && await _store.FindEnrolledAsync(device) is EnrolledDevice found
                ? found
                : NotEnrolled(id);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists entries in the order of the ids. Refusals: malformed, unavailable.</summary>
    /// <param name="group">Entries of the groups that have or had this name; null for all.</param>
    /// <param name="after">The id to go on after; null to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IReadOnlyList<EnrolledDevice>>> ListAsync(string? group, string? after, int max)
    {
        DeviceId? from = null;
        if (after is not null)
        {
            if (!DeviceId.TryParse(after, out DeviceId parsed))
                return new Refusal(RefusalKind.Malformed, $"'{DeviceRegistry.Shorten(after)}' is no device id: {DeviceId.Rule}.");
            from = parsed;
        }

        if (max is < 1 or > MaxPage)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} entries.");
        try
        {
            return Result.Success(await _store.ListEnrolledAsync(group, from, max));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Lets an id be enrolled again whose device has been removed. Refusals: not-found, conflict (there is a device of it), unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> ReleaseAsync(string id)
    {
        if (!DeviceId.TryParse(id, out DeviceId device))
            return NotEnrolled(id);
        try
        {
            switch (await _store.ReleaseAsync(device))
            {
                case ReleaseStatus.Released:
                    _history.Changed(device, "released for enrolment");
                    return true;
                case ReleaseStatus.DeviceExists:
                    return new Refusal(RefusalKind.Conflict, $"There is a device '{id}'. Remove it before its id is released.");
                default:
                    return NotEnrolled(id);
            }
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private static Refusal NotEnrolled(string id) =>
        new(RefusalKind.NotFound, $"No device '{DeviceRegistry.Shorten(id)}' was enrolled, or it has been released.");
}
