using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.History;

/// <summary>
/// Everything that is known about a message when somebody asks why. Either <see cref="Waiting"/> or <see cref="Ended"/> is there.
/// </summary>
internal sealed record MessageFacts
{
    /// <summary>The time of the question.</summary>
    public required long NowMs { get; init; }

    /// <summary>Since when this process runs: connections that were noted before ended with an older one.</summary>
    public long StartedAtMs { get; init; }

    /// <summary>The message in its mailbox.</summary>
    public BrowsedMessage? Waiting { get; init; }

    /// <summary>How it ended.</summary>
    public OutcomeRecord? Ended { get; init; }

    /// <summary>Whether it is on the dead-letter shelf.</summary>
    public bool IsShelved { get; init; }

    /// <summary>Whether the device may connect; null when it was removed.</summary>
    public DeviceStatus? Status { get; init; }

    /// <summary>Whether the device has a connection.</summary>
    public bool IsConnected { get; init; }

    /// <summary>The connection that receives the device's mail; null for none.</summary>
    public ConnectionName? Receiver { get; init; }

    /// <summary>True when the device asks for mail, but not for what this is.</summary>
    public bool IsUnwanted { get; init; }

    /// <summary>What has come over a message while the device has it in hand, as a part of a sentence; null for nothing.</summary>
    public string? Meanwhile { get; init; }

    /// <summary>How many older messages wait and are due.</summary>
    public int Ahead { get; init; }

    /// <summary>True when there are more than <see cref="Ahead"/>.</summary>
    public bool AheadIsMore { get; init; }

    /// <summary>The first older message that is held back after it was given back.</summary>
    public BrowsedMessage? Blocker { get; init; }

    /// <summary>How many messages the device has in hand.</summary>
    public int InHand { get; init; }

    /// <summary>
    /// What was noted of the device and this message, oldest first; reaches back beyond the message to the last that was noted of a
    /// connection.
    /// </summary>
    public required IReadOnlyList<HistoryEntry> History { get; init; }

    /// <summary>False when the oldest of that may have been dropped: then what it does not have may have been all the same.</summary>
    public bool IsHistoryKept { get; init; } = true;

    public Sequence Sequence => Waiting?.Sequence ?? Ended!.Sequence;

    public DeviceId Device => Waiting?.Device ?? Ended!.Device;

    public long EnqueuedAtMs => Waiting?.EnqueuedAtMs ?? Ended!.EnqueuedAtMs;

    /// <summary>When it ended, or now.</summary>
    public long UntilMs => Ended?.AtMs ?? NowMs;

    public string Subject => $"{HistoryWords.Kind(Waiting?.Kind ?? Ended!.Kind)} {Sequence} for {Device}";

    /// <summary>The last hand-out of the message.</summary>
    public HistoryEntry? LastHandOut => Last(e => e.Event == HistoryEvent.HandedOut && e.Sequence == Sequence);

    /// <summary>
    /// How often it was handed out: by the history, which counts hand-outs too that a connection took with it, or by the message itself.
    /// </summary>
    public int HandOuts => Math.Max(
        Waiting?.DeliveryCount ?? Ended!.DeliveryCount,
        History.Any(e => e.Event == HistoryEvent.Folded)
            ? 0 // What came back may be among what was folded.
            : History.Count(e => e.Sequence == Sequence && e.Event == HistoryEvent.HandedOut)
                - History.Count(e => e.Sequence == Sequence && e.Event == HistoryEvent.Returned));

    /// <summary>When the device was handed any message last, up to the end of this one.</summary>
    public HistoryEntry? LastMail => Last(e => e.Event == HistoryEvent.HandedOut && e.AtMs <= UntilMs);

    /// <summary>When the device was created; null when that is no longer known.</summary>
    public HistoryEntry? Creation => Last(e => e.Event == HistoryEvent.Created && e.AtMs <= UntilMs);

    /// <summary>The last beginning of a connection, up to the end of the message.</summary>
    public HistoryEntry? LastBegin => Last(e => e.Event == HistoryEvent.Connected && e.AtMs <= UntilMs);

    /// <summary>The last end of a connection, up to the end of the message.</summary>
    public HistoryEntry? LastEnd => Last(e => e.Event == HistoryEvent.Disconnected && e.AtMs <= UntilMs);

    /// <summary>The connection that was noted last and has not ended, up to the end of the message.</summary>
    public HistoryEntry? OpenConnection
    {
        get
        {
            var open = new List<HistoryEntry>();
            foreach (HistoryEntry entry in History.Where(e => e.AtMs <= UntilMs))
            {
                if (entry.Event == HistoryEvent.Connected && (entry.AtMs >= StartedAtMs || UntilMs < StartedAtMs))
                    open.Add(entry);
                else if (entry.Event == HistoryEvent.Disconnected)
                    open.RemoveAll(e => e.Connection == entry.Connection);
                else if (entry.Event == HistoryEvent.Folded)
                    open.Clear(); // The end of any may be among it; the entry after it says how it stood.
            }

            return open.Count > 0 ? open[^1] : null;
        }
    }

    /// <summary>What was refused since the device was connected last, for the cause that came last; null for nothing.</summary>
    public HistoryEntry? Refusals
    {
        get
        {
            long from = Math.Max(LastBegin?.AtMs ?? 0, LastEnd?.AtMs ?? 0);
            List<HistoryEntry> refused = [.. History.Where(e => e.Event == HistoryEvent.Refused && e.AtMs >= from && e.AtMs <= UntilMs)];
            if (refused.Count == 0)
                return null;
            List<HistoryEntry> same = [.. refused.Where(e => e.Detail == refused[^1].Detail)];
            return same[^1] with { Count = same.Sum(e => e.Count), RelatedAtMs = same.Min(e => e.RelatedAtMs) };
        }
    }

    /// <summary>When the device was disabled, if it was and had not been enabled again up to the end of the message.</summary>
    public long? DisabledAtMs =>
        Last(e => e.AtMs <= UntilMs && (IsChange(e, "enabled") || IsChange(e, "disabled"))) is HistoryEntry last
            && IsChange(last, "disabled") ? last.AtMs : null;

    /// <summary>How the message came back the last time; null when it never did.</summary>
    public HistoryEntry? LastReturn =>
        Last(e => e.Sequence == Sequence && e.Event is HistoryEvent.Released or HistoryEvent.Lapsed);

    /// <summary>Whether the device gave the message back the last time that it was handed out.</summary>
    public bool IsLastGivenBack => Last(e => e.Sequence == Sequence) is { Event: HistoryEvent.Released };

    /// <summary>The hand-out of which the device had the message in hand when it ended; null when it had not, as far as is known.</summary>
    public HistoryEntry? InHandAtEnd
    {
        get
        {
            if (Ended is null || Last(e => e.Sequence == Sequence && e.AtMs <= UntilMs) is not { Event: HistoryEvent.HandedOut } handed)
                return null;
            bool wentOn = handed.RelatedAtMs > UntilMs || OpenConnection?.Connection == handed.Connection;
            return wentOn && !History.Any(e => LetsGo(e) && e.Connection == handed.Connection && IsBetween(e, handed.AtMs)) ? handed : null;
        }
    }

    private static bool LetsGo(in HistoryEntry entry) => entry.Event is HistoryEvent.Detached or HistoryEvent.Disconnected;

    private bool IsBetween(in HistoryEntry entry, long fromMs) => entry.AtMs >= fromMs && entry.AtMs <= UntilMs;

    // Several changes made at once are one entry.
    private static bool IsChange(in HistoryEntry entry, string what) =>
        entry.Event == HistoryEvent.Changed && entry.Detail is string detail && detail.Split(' ').Contains(what);

    private HistoryEntry? Last(Func<HistoryEntry, bool> fits)
    {
        for (int i = History.Count - 1; i >= 0; i--)
        {
            if (fits(History[i]))
                return History[i];
        }

        return null;
    }
}
