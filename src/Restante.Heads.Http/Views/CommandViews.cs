using Restante.Contracts;
using Restante.Core.Jobs;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Heads.Http.Views;

/// <summary>Commands and their outcomes as the interface shows them.</summary>
internal static class CommandViews
{
    public static CommandView Of(BrowsedMessage message) => new()
    {
        Id = message.Sequence.ToString(),
        Device = message.Device.Value,
        State = message.LeasedUntilMs is null ? "waiting" : "leased",
        MessageId = message.MessageId,
        Sender = message.Sender,
        EnqueuedAt = Times.Of(message.EnqueuedAtMs),
        ExpiresAt = Times.OrNever(message.ExpiresAtMs),
        DeliveryCount = message.DeliveryCount,
        LeasedUntil = Times.Of(message.LeasedUntilMs),
        NotBefore = message.NotBeforeMs == 0 ? null : Times.Of(message.NotBeforeMs),
        ReplaceKey = message.ReplaceKey,
        ReportsUntil = message.ReportsUntilMs == 0 ? null : Times.Of(message.ReportsUntilMs),
        ResendOf = message.Origin.Value == 0 ? null : message.Origin.ToString(),
        Job = message.Job == 0 ? null : new JobNumber(message.Job).ToString(),
    };

    public static CommandView Of(OutcomeRecord record) => new()
    {
        Id = record.Sequence.ToString(),
        Device = record.Device.Value,
        State = "ended",
        MessageId = record.MessageId,
        Sender = record.Sender,
        EnqueuedAt = Times.Of(record.EnqueuedAtMs),
        DeliveryCount = record.DeliveryCount,
        ReportsUntil = record.ReportsUntilMs == 0 ? null : Times.Of(record.ReportsUntilMs),
        ResendOf = record.Origin.Value == 0 ? null : record.Origin.ToString(),
        Job = record.Job == 0 ? null : new JobNumber(record.Job).ToString(),
        Outcome = Outcome(record),
    };

    public static OutcomeView Outcome(OutcomeRecord record) => new()
    {
        Number = record.Number,
        Id = record.Sequence.ToString(),
        Device = record.Device.Value,
        Kind = MessageViews.KindName(record.Kind),
        Outcome = record.Outcome.Name(),
        Reason = record.Reason,
        MessageId = record.MessageId,
        Sender = record.Sender,
        DeliveryCount = record.DeliveryCount,
        EnqueuedAt = Times.Of(record.EnqueuedAtMs),
        At = Times.Of(record.AtMs),
    };
}
