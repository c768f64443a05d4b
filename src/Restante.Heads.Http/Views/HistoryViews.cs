using Restante.Contracts;
using Restante.Core.History;
using Restante.Core.Mailboxes;

namespace Restante.Heads.Http.Views;

/// <summary>History and explanations as the interface shows them.</summary>
internal static class HistoryViews
{
    public static ExplanationView Of(Explanation explanation) => new()
    {
        Id = explanation.Sequence.ToString(),
        Kind = MessageViews.KindName(explanation.Kind),
        Device = explanation.Device?.Value,
        State = explanation.Outcome is not null ? "ended" : explanation.IsLeased ? "leased" : "waiting",
        Outcome = explanation.Outcome?.Name(),
        Sentence = explanation.Sentence,
        Facts = [.. explanation.Facts.Select(f => new FactView { At = Times.Of(f.AtMs), What = f.What, Text = f.Text })],
        IsComplete = explanation.IsComplete,
    };

    public static HistoryEntryView Of(HistoryRecord record)
    {
        HistoryEntry entry = record.Entry;
        DateTimeOffset? related = entry.RelatedAtMs == 0 ? null : Times.Of(entry.RelatedAtMs);
        return new HistoryEntryView
        {
            Place = record.Place,
            At = Times.Of(entry.AtMs),
            Event = entry.Event.Name(),
            Message = entry.Sequence.Value == 0 ? null : entry.Sequence.ToString(),
            Count = entry.Count == 0 ? null : entry.Count,
            Since = entry.Event is HistoryEvent.Refused or HistoryEvent.Folded ? related : null,
            Until = entry.Event == HistoryEvent.HandedOut ? related : null,
            Protocol = entry.Connection.Protocol,
            Connection = entry.Connection.Number == 0 ? null : entry.Connection.Number,
            Peer = entry.Connection.Peer,
            Detail = entry.Detail,
            Text = HistoryWords.Of(entry),
        };
    }
}
