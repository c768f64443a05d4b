using Restante.Core.Messages;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>
/// How the fields of a message are called in MQTT. In 5.0 content type, correlation data and response topic are properties of the packet,
/// the others user properties; in 3.1.1 all are in the property bag under short names.
/// </summary>
internal static class FieldNames
{
    /// <summary>The lease of a delivery, to settle it with.</summary>
    public const string Lease = "lease";

    /// <summary>How often it has been handed out, this time included.</summary>
    public const string DeliveryCount = "delivery-count";

    /// <summary>When the gateway accepted it, in milliseconds since the Unix epoch.</summary>
    public const string EnqueuedAt = "enqueued-at";

    /// <summary>Seconds to its expiry; 3.1.1 only, 5.0 has the message expiry interval.</summary>
    public const string ExpiresIn = "expires-in";

    /// <summary>The form of a body that is AMQP-encoded.</summary>
    public const string BodyEncoding = "body-encoding";

    /// <summary>Seconds a published message said to live; telemetry does not expire, so it is kept as a property.</summary>
    public const string MessageExpiry = "message-expiry";

    /// <summary>The version of the desired state.</summary>
    public const string Version = "version";

    /// <summary>Why subscriptions for a device behind a field gateway have ended, as a reason code of DISCONNECT.</summary>
    public const string Code = "code";

    private static readonly (ContentField Field, string Long, string Short)[] s_names =
    [
        (ContentField.MessageId, "message-id", "mid"),
        (ContentField.Subject, "subject", "sub"),
        (ContentField.ContentEncoding, "content-encoding", "ce"),
        (ContentField.CreationTime, "creation-time", "ctime"),
        (ContentField.GroupId, "group-id", "gid"),
        (ContentField.UserId, "user-id", "uid"),
        (ContentField.To, "to", "to"),
        (ContentField.GroupSequence, "group-sequence", "gseq"),
        (ContentField.ReplyToGroupId, "reply-to-group-id", "rgid"),
        (ContentField.ContentType, "content-type", "ct"),
        (ContentField.CorrelationId, "correlation-id", "cid"),
        (ContentField.ReplyTo, "reply-to", "rto"),
    ];

    /// <summary>The name of a field as a user property.</summary>
    public static string Long(ContentField field) => Find(field).Long;

    /// <summary>The name of a field in a bag.</summary>
    public static string Short(ContentField field) => Find(field).Short;

    /// <summary>
    /// The field that a device means by this name, among those it may set: the first five as user properties, in a bag also content type,
    /// correlation id and reply-to. Null when it is a property of the application.
    /// </summary>
    public static ContentField? FieldOf(ReadOnlySpan<byte> name, bool inBag)
    {
        for (int i = 0; i < s_names.Length; i++)
        {
            bool settable = i < 5 || (inBag && i >= s_names.Length - 3);
            if (settable && System.Text.Ascii.Equals(name, inBag ? s_names[i].Short : s_names[i].Long))
                return s_names[i].Field;
        }

        return null;
    }

    private static (ContentField Field, string Long, string Short) Find(ContentField field)
    {
        foreach ((ContentField Field, string Long, string Short) entry in s_names)
        {
            if (entry.Field == field)
                return entry;
        }

        throw new ArgumentOutOfRangeException(nameof(field), field, "A field without a name in MQTT.");
    }
}
