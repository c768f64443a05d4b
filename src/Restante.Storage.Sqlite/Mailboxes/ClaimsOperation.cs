using System.Runtime.InteropServices;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Ends claimed messages, and lets go of what else the same call has claimed once that is durable.</summary>
internal abstract class ClaimsOperation<T> : AwaitedOperation<T>
{
    private const int MaxKeptClaims = 64;

    /// <summary>What the call has claimed.</summary>
    public List<Claim> Claims { get; private set; } = [];

    /// <summary>When it happens.</summary>
    public long NowMs { get; set; }

    public override long Bytes => 128L * Claims.Count;

    public override void Execute(WriteSession session)
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
        {
            if (claim.Action != ClaimAction.End)
                continue;
            claim.Ended = session.End(claim.Sequence, claim.Outcome, claim.Reason, claim.DeliveryCount, NowMs);
            if (!claim.Ended)
                continue;
            session.Track(claim.Device, -1, -claim.Size);
            if (claim.Shard.IsCountStored(claim.Entry))
                session.ForgetDelivery(claim.Sequence);
        }
    }

    public override void Apply()
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
            claim.Shard.Finish(claim);
    }

    public override void Undo()
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
            claim.Shard.Undo(claim);
    }

    protected void Forget()
    {
        if (Claims.Capacity > MaxKeptClaims)
            Claims = [];
        else
            Claims.Clear();
    }
}
