using Restante.Contracts;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Streams;

namespace Restante.Heads.Http.Views;

/// <summary>Messages in mailboxes and streams as the interface shows them.</summary>
internal static class MessageViews
{
    public static MailboxMessageView Of(BrowsedMessage message)
    {
        MessageContent content = MessageContent.Decode(message.Content);
        BodyView body = BodyView.Of(content);
        return new MailboxMessageView
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
            Body = body.Body,
            BodyBase64 = body.Base64,
            BodyForm = body.Form,
            ContentType = content.ContentType,
            ContentEncoding = content.ContentEncoding,
            CorrelationId = content.CorrelationId,
            Subject = content.Subject,
            CreatedAt = Times.Of(content.CreationTimeMs),
            Properties = Properties(content),
        };
    }

    public static StreamRecordView Of(StreamId stream, StreamRecord record)
    {
        MessageContent content = MessageContent.Decode(record.Content);
        BodyView body = BodyView.Of(content);
        return new StreamRecordView
        {
            Partition = stream.IsEvents ? null : stream.Value,
            SequenceNumber = record.SequenceNumber,
            Offset = record.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture),
            EnqueuedAt = Times.Of(record.EnqueuedAtMs),
            Device = record.Source,
            Channel = record.Channel,
            MessageId = content.MessageId,
            Body = body.Body,
            BodyBase64 = body.Base64,
            BodyForm = body.Form,
            ContentType = content.ContentType,
            ContentEncoding = content.ContentEncoding,
            CorrelationId = content.CorrelationId,
            Subject = content.Subject,
            CreatedAt = Times.Of(content.CreationTimeMs),
            Properties = Properties(content),
        };
    }

    public static string KindName(MessageKind kind) => kind.ToString().ToLowerInvariant();

    private static Dictionary<string, string>? Properties(MessageContent content)
    {
        if (content.Properties.Count == 0)
            return null;
        var map = new Dictionary<string, string>(content.Properties.Count, StringComparer.Ordinal);
        foreach ((string name, string value) in content.Properties)
            map[name] = value;
        return map;
    }
}
