using Restante.Contracts;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Heads.Http.Views;

/// <summary>Messages in mailboxes and streams as the interface shows them.</summary>
internal static class MessageViews
{
    public static MailboxMessageView Of(BrowsedMessage message) => Fill(
        new MailboxMessageView
        {
            Id = message.Sequence.ToString(),
            Kind = KindName(message.Kind),
            State = message.LeasedUntilMs is null ? "waiting" : "leased",
            Sender = message.Sender,
            EnqueuedAt = Times.Of(message.EnqueuedAtMs),
            ExpiresAt = Times.OrNever(message.ExpiresAtMs),
            DeliveryCount = message.DeliveryCount,
            LeasedUntil = Times.Of(message.LeasedUntilMs),
            MessageId = message.MessageId,
        },
        message.Content);

    public static DeliveredMessage Of(LeasedMessage message) => Fill(
        new DeliveredMessage
        {
            Id = message.Sequence.ToString(),
            Lease = message.Lease.ToString(),
            Kind = KindName(message.Kind),
            EnqueuedAt = Times.Of(message.EnqueuedAtMs),
            ExpiresAt = Times.OrNever(message.ExpiresAtMs),
            LeasedUntil = Times.Of(message.LeasedUntilMs),
            DeliveryCount = message.DeliveryCount,
            MessageId = message.MessageId,
        },
        message.Content);

    public static DeadLetterView Of(ShelvedMessage message) => Fill(
        new DeadLetterView
        {
            Id = message.Sequence.ToString(),
            Kind = KindName(message.Kind),
            Outcome = Core.Mailboxes.OutcomeNames.Name(message.Outcome),
            Reason = message.Reason,
            Sender = message.Sender,
            EnqueuedAt = Times.Of(message.EnqueuedAtMs),
            At = Times.Of(message.AtMs),
            DeliveryCount = message.DeliveryCount,
            MessageId = message.MessageId,
        },
        message.Content);

    public static StreamRecordView Of(StreamId stream, StreamRecord record) => Fill(
        new StreamRecordView
        {
            Partition = stream.IsEvents ? null : stream.Value,
            SequenceNumber = record.SequenceNumber,
            Offset = record.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture),
            EnqueuedAt = Times.Of(record.EnqueuedAtMs),
            Device = record.Source,
            Channel = record.Channel,
        },
        record.Content);

    public static string KindName(MessageKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>A view with the parts of its message.</summary>
    public static T Fill<T>(T view, ReadOnlyMemory<byte> encoded)
        where T : MessageParts
    {
        MessageContent content = MessageContent.Decode(encoded);
        BodyView body = BodyView.Of(content);
        MessageParts parts = view;
        return (T)(parts with
        {
            Body = body.Body,
            BodyBase64 = body.Base64,
            BodyForm = body.Form,
            ContentType = content.ContentType,
            ContentEncoding = content.ContentEncoding,
            MessageId = parts.MessageId ?? content.MessageId,
            CorrelationId = content.CorrelationId,
            Subject = content.Subject,
            CreatedAt = Times.Of(content.CreationTimeMs),
            Properties = Properties(content),
        });
    }

    private static Dictionary<string, string>? Properties(MessageContent content)
    {
        if (content.Properties.Count == 0)
            return null;
        var map = new Dictionary<string, string>(content.Properties.Count, StringComparer.Ordinal);
        foreach ((string name, string value) in content.Properties)
            map.TryAdd(name, value); // Of several with one name the first counts, as on AMQP.
        return map;
    }
}
