using Restante.Core.Refusals;

namespace Restante.Core.Storage;

/// <summary>
/// Lets one change at a time be made, so that limits hold, nothing that is removed comes back by a change, and what hangs on the changes
/// follows in their order.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class ChangeTurns
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Makes a change. Refusals: its own, unavailable.</summary>
    public async ValueTask<Result<T>> ChangeAsync<T>(Func<ValueTask<Result<T>>> change)
    {
        await _turn.WaitAsync();
        try
        {
            return await change();
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Does something while nothing is changed. Fails as the store does.</summary>
    public async ValueTask AloneAsync(Func<ValueTask> work)
    {
        await _turn.WaitAsync();
        try
        {
            await work();
        }
        finally
        {
            _turn.Release();
        }
    }
}
