using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Ends what has come due and drops what is past its retention.</summary>
internal sealed class SweepOperation : ClaimsOperation<SweepResult>
{
    /// <summary>Client sessions dropped in one sweep at the most.</summary>
    public const int MaxClientSessions = 1_000;

    private const string DropOutcomes = "DELETE FROM outcome WHERE number <= ?";
    private const string DropClientSessions =
        "DELETE FROM client_session WHERE place IN (SELECT place FROM client_session WHERE expires_at <= ? AND expires_at < 9223372036854775807 LIMIT ?)";

    private readonly int _maxItems;
    private readonly long _dropUpTo;
    private readonly bool _dropClientSessions;
    private int _dropped;

    /// <param name="claims">What is due.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How much was allowed.</param>
    /// <param name="dropUpTo">The last outcome to be dropped; 0 for none.</param>
    /// <param name="dropClientSessions">Whether there are client sessions past their expiry.</param>
    public SweepOperation(List<Claim> claims, long nowMs, int maxItems, long dropUpTo, bool dropClientSessions)
    {
        Claims.AddRange(claims);
        NowMs = nowMs;
        _maxItems = maxItems;
        _dropUpTo = dropUpTo;
        _dropClientSessions = dropClientSessions;
    }

    /// <summary>True when something of it must be durable.</summary>
    public bool NeedsCommit => _dropUpTo > 0 || _dropClientSessions || Claims.Exists(c => c.Action == ClaimAction.End);

    public override void Execute(WriteSession session)
    {
        base.Execute(session);
        if (_dropUpTo > 0)
        {
            session.Connection.Prepare(DropOutcomes).Bind(1, _dropUpTo).Run();
            _dropped = session.Connection.Changes;
        }

        if (_dropClientSessions)
            session.Connection.Prepare(DropClientSessions).Bind(1, NowMs).Bind(2, MaxClientSessions).Run();
    }

    /// <summary>Does what needs no commit at once.</summary>
    public SweepResult FinishAtOnce()
    {
        Apply();
        return TakeResult();
    }

    protected override SweepResult TakeResult()
    {
        var withMail = new HashSet<DeviceNumber>();
        int expired = 0;
        int undeliverable = 0;
        int lapsed = 0;
        foreach (Claim claim in Claims)
        {
            lapsed += claim.WasLeased ? 1 : 0;
            if (claim.Action == ClaimAction.GiveBack)
                withMail.Add(new DeviceNumber(claim.Device));
            else if (claim.Ended)
                (expired, undeliverable) = claim.Outcome == Outcome.Expired ? (expired + 1, undeliverable) : (expired, undeliverable + 1);
        }

        return new SweepResult(expired, undeliverable, lapsed, _dropped, [.. withMail], Claims.Count + _dropped >= _maxItems);
    }
}
