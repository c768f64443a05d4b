using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>Ends what has come due and drops what is past its retention.</summary>
internal sealed class SweepOperation : ClaimsOperation<SweepResult>
{
    /// <summary>Client sessions dropped in one sweep at the most.</summary>
    public const int MaxClientSessions = 1_000;

    private const string DropOutcomes = "DELETE FROM outcome WHERE number BETWEEN ? AND ?";
    private const string DropShelved =
        "DELETE FROM dead_letter WHERE place IN (SELECT place FROM dead_letter WHERE place >= ? AND at <= ? ORDER BY place LIMIT ?)";
    private const string DropClientSessions = """
        DELETE FROM client_session WHERE place IN
            (SELECT place FROM client_session WHERE expires_at <= ? AND expires_at < 9223372036854775807 LIMIT ?)
        """;


    private readonly DueWork _work;
    private readonly int _maxItems;
    private readonly Retention _drop;
    private int _outcomesDropped;
    private int _shelvedDropped;

    /// <param name="work">What is due.</param>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How much was allowed.</param>
    /// <param name="drop">What is to be dropped.</param>
    public SweepOperation(DueWork work, long nowMs, int maxItems, Retention drop)
    {
        Claims.AddRange(work.Claims);
        NowMs = nowMs;
        _work = work;
        _maxItems = maxItems;
        _drop = drop;
    }

    /// <summary>True when something of it must be durable.</summary>
    public bool NeedsCommit => _drop.IsDue || Claims.Exists(c => c.Action == ClaimAction.End);

    public override void Execute(WriteSession session)
    {
        base.Execute(session);
        Connection connection = session.Connection;
        _outcomesDropped = 0;
        _shelvedDropped = 0;
        if (_drop.Outcomes > 0)
            _outcomesDropped += Drop(connection, DropOutcomes, _drop.First, _drop.First + _drop.Outcomes - 1);
        if (_drop.Untold > 0)
            _outcomesDropped += Drop(connection, DropOutcomes, _drop.FirstUntold - _drop.Untold + 1, _drop.FirstUntold);
        if (_drop.Shelved > 0)
        {
            connection.Prepare(DropShelved).Bind(1, _drop.FirstShelved).Bind(2, _drop.ShelvedFromMs).Bind(3, _drop.Shelved).Run();
            _shelvedDropped = connection.Changes;
        }

        if (_drop.ClientSessions)
            Drop(connection, DropClientSessions, NowMs, MaxClientSessions);
    }

    public override void Undo()
    {
        base.Undo();
        foreach ((MailboxShard shard, int place, long sequence) in _work.Told)
            shard.TellAgain(place, sequence);
    }

    /// <summary>Does what needs no commit at once.</summary>
    public SweepResult FinishAtOnce()
    {
        Apply();
        return TakeResult();
    }

    protected override SweepResult TakeResult()
    {
        var lapses = new List<LapsedLease>();
        foreach (Claim claim in Claims)
        {
            if (claim.WasLeased)
                lapses.Add(new LapsedLease(new DeviceNumber(claim.Device), new Sequence(claim.Sequence), claim.Kind, claim.DeliveryCount));
            if (claim.Action == ClaimAction.GiveBack)
                _work.WithMail.Add(new DeviceNumber(claim.Device));
        }

        bool more = _work.Count + _outcomesDropped + _shelvedDropped >= _maxItems;
        return new SweepResult(TakeEnded(), lapses, _outcomesDropped, _shelvedDropped, [.. _work.WithMail], more);
    }

    private static int Drop(Connection connection, string statement, long first, long second)
    {
        connection.Prepare(statement).Bind(1, first).Bind(2, second).Run();
        return connection.Changes;
    }
}
