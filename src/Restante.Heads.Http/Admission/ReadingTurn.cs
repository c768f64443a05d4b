using Microsoft.AspNetCore.Http;
using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Admission;

/// <summary>
/// The turn of one request of a service, see <see cref="ReadingTurns"/>. It is over when it is given back, at the latest when the answer
/// has been sent.
/// </summary>
internal sealed class ReadingTurn(ReadingTurns turns, HttpContext context) : IDisposable
{
    private readonly ServicePrincipal _by = Caller.Service(context);
    private bool _isRegistered;
    private bool _isTaken;

    /// <summary>
    /// Takes a turn; waits for one if need be. Null when it has it. Refusals: throttled (none came in time), unauthorized or unavailable
    /// (what the caller has lost meanwhile).
    /// </summary>
    /// <param name="ended">Ends the waiting; cancelled at the latest when the client goes.</param>
    /// <exception cref="OperationCanceledException"><paramref name="ended"/> was cancelled before a turn came.</exception>
    public async ValueTask<Refusal?> TakeAsync(CancellationToken ended)
    {
        Result<bool> took = await TakeAsync(turns.Patience, ended);
        return !took.IsSuccess ? took.Refusal : took.Value ? null : turns.Spent(_by);
    }

    /// <summary>The same with a time of its own. False when no turn came in it; the caller may stand in line anew.</summary>
    public async ValueTask<Result<bool>> TakeAsync(TimeSpan patience, CancellationToken ended)
    {
        bool waited = !turns.TryTake(_by);
        if (waited && !await turns.TakeAsync(_by, patience, ended))
            return false;
        _isTaken = true;
        if (!_isRegistered)
            context.Response.RegisterForDispose(this);
        _isRegistered = true;
        return waited && await Caller.RecheckAsync(context) is Refusal refusal ? refusal : true;
    }

    /// <summary>The turn is over: the request reads nothing for now, or its answer has been sent.</summary>
    public void Dispose()
    {
        if (_isTaken)
            turns.Give(_by);
        _isTaken = false;
    }
}
