using Restante.Core.Mailboxes;
using static Restante.Core.History.HistoryWords;

namespace Restante.Core.History;

/// <summary>Puts what is known of a message into the order of time.</summary>
internal static class FactList
{
    public static List<Fact> Of(MessageFacts facts)
    {
        var list = new List<Fact>();
        HistoryEntry? before = null;
        foreach (HistoryEntry entry in facts.History)
        {
            bool isEarly = entry.AtMs < facts.EnqueuedAtMs;
            if (entry.AtMs > facts.UntilMs || (entry.Sequence.Value != 0 && entry.Sequence != facts.Sequence))
                continue;
            if (isEarly && entry.Event is HistoryEvent.Connected or HistoryEvent.Disconnected)
                before = entry;
            else if (!isEarly)
                list.Add(new Fact(entry.AtMs, entry.Event.Name(), HistoryWords.Of(entry)));
        }

        list.Insert(0, Enqueued(facts));
        if (before is HistoryEntry early)
            list.Insert(0, new Fact(early.AtMs, early.Event.Name(), HistoryWords.Of(early)));
        if (facts.Ended is OutcomeRecord ended)
            list.Add(new Fact(ended.AtMs, ended.Outcome.Name(), Ended(facts, ended)));
        return list;
    }

    private static Fact Enqueued(MessageFacts facts)
    {
        string sender = facts.Waiting?.Sender ?? facts.Ended!.Sender;
        string? messageId = facts.Waiting?.MessageId ?? facts.Ended?.MessageId;
        Sequence origin = facts.Waiting?.Origin ?? facts.Ended!.Origin;
        long job = facts.Waiting?.Job ?? facts.Ended!.Job;
        string text = $"{Kind(facts.Waiting?.Kind ?? facts.Ended!.Kind)} {facts.Sequence} was taken from '{sender}'";
        text += messageId is null ? "" : $" with the message-id '{messageId}'";
        text += origin.Value == 0 ? "" : $", sent again as message {origin} had ended";
        text += job == 0 ? "" : $", for job {Number(job)}";
        if (facts.Waiting is { } waiting)
        {
            text += waiting.NotBeforeMs == 0 ? "" : $", not to be handed out before {Time(waiting.NotBeforeMs)}";
            text += waiting.ExpiresAtMs == long.MaxValue ? "" : $", to expire at {Time(waiting.ExpiresAtMs)}";
        }

        return new Fact(facts.EnqueuedAtMs, "enqueued", text + ".");
    }

    private static string Ended(MessageFacts facts, OutcomeRecord ended)
    {
        string how = ended.Outcome switch
        {
            Outcome.Accepted => "was accepted by the device",
            Outcome.Rejected => "was rejected by the device",
            Outcome.Expired => "expired",
            Outcome.Undeliverable => "was given up as undeliverable",
            Outcome.Cancelled => "was cancelled",
            _ => "ended with the removal of the device",
        };
        string shelf = facts.IsShelved ? " It is on the dead-letter shelf." : "";
        return $"It {how}{Quoted(ended.Reason)}.{shelf}";
    }
}
