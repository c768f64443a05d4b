using System.Runtime.InteropServices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Notifications;
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
            claim.Ended = claim.IsOffered ? NotificationRows.End(session, claim.Ending, NowMs) : session.End(claim.Ending, NowMs);
            if (!claim.Ended || claim.IsOffered)
                continue;
            session.Mail.Track(claim.Device, -1, -claim.Size);
            if (claim.Shard.IsCountStored(claim.Entry))
                session.ForgetDelivery(claim.Sequence);
        }
    }

    public override void Apply()
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
            claim.Shard.Finish(claim, NowMs);
    }

    public override void Undo()
    {
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
            claim.Shard.Undo(claim);
    }

    /// <summary>What was still there to be ended.</summary>
    protected List<EndedMessage> TakeEnded()
    {
        var ended = new List<EndedMessage>();
        foreach (ref Claim claim in CollectionsMarshal.AsSpan(Claims))
        {
            if (claim.Ended)
                ended.Add(claim.AsEnded);
        }

        return ended;
    }

    protected void Forget()
    {
        if (Claims.Capacity > MaxKeptClaims)
            Claims = [];
        else
            Claims.Clear();
    }
}
