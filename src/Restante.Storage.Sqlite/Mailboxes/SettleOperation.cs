using System.Runtime.InteropServices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Settles leases.</summary>
internal sealed class SettleOperation(OperationPool<SettleOperation> pool) : ClaimsOperation<SettleResult[]>
{
    /// <summary>A result for each item; for claimed ones what it will be if the message is still there.</summary>
    public SettleResult[] Results { get; set; } = [];

    /// <summary>Does what needs no commit at once.</summary>
    public SettleResult[] FinishAtOnce()
    {
        Apply();
        SettleResult[] results = Results;
        Recycle();
        return results;
    }

    protected override SettleResult[] TakeResult()
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
        {
            if (claim.Action == ClaimAction.End && !claim.Ended)
                Results[claim.Index] = new SettleResult(SettleStatus.LeaseLapsed, null);
        }

        return Results;
    }

    protected override void Recycle()
    {
        Results = [];
        Forget();
        pool.Keep(this);
    }
}
