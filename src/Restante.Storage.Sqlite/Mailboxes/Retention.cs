using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Shelf;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>What is past its retention. Outcomes and shelved messages are dropped in the order in which they were written.</summary>
/// <param name="First">The number of the first outcome of the feed.</param>
/// <param name="Outcomes">How many from it on.</param>
/// <param name="FirstUntold">The number of the first outcome that is not told in the feed.</param>
/// <param name="Untold">How many from it on, downwards.</param>
/// <param name="FirstShelved">The place of the first shelved message.</param>
/// <param name="Shelved">How many from it on, at the most.</param>
/// <param name="ShelvedFromMs">The instant up to which they were shelved, as others may take their place before they are dropped.</param>
/// <param name="ClientSessions">Whether there are client sessions past their expiry.</param>
internal readonly record struct Retention(
    long First, int Outcomes, long FirstUntold, int Untold, long FirstShelved, int Shelved, long ShelvedFromMs, bool ClientSessions)
{
    /// <summary>True when there is something to be dropped.</summary>
    public bool IsDue => Outcomes + Untold + Shelved > 0 || ClientSessions;

    /// <summary>Looks for up to so many of each.</summary>
    public static Retention Read(Connection connection, (long OutcomesFromMs, long ShelvedFromMs, long NowMs, int Max) wish)
    {
        (long first, int outcomes) = MailboxRows.ReadDueOutcomes(connection, told: true, wish.OutcomesFromMs, wish.Max);
        (long firstUntold, int untold) = MailboxRows.ReadDueOutcomes(connection, told: false, wish.OutcomesFromMs, wish.Max);
        (long firstShelved, int shelved) = ShelfRows.ReadDue(connection, wish.ShelvedFromMs, wish.Max);
        return new Retention(
            first, outcomes, firstUntold, untold, firstShelved, shelved, wish.ShelvedFromMs,
            MailboxRows.HasExpiredClientSession(connection, wish.NowMs));
    }

    /// <summary>The same with no more than so many in all.</summary>
    public Retention Limit(int max)
    {
        int outcomes = Math.Clamp(max, 0, Outcomes);
        int untold = Math.Clamp(max - outcomes, 0, Untold);
        return this with { Outcomes = outcomes, Untold = untold, Shelved = Math.Clamp(max - outcomes - untold, 0, Shelved) };
    }
}
