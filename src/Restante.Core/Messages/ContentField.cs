namespace Restante.Core.Messages;

/// <summary>The fields of a message's content. Their names are those of AMQP 1.0 section 3.2.4.</summary>
public enum ContentField
{
    /// <summary>Ends the fields; never seen by a reader.</summary>
    End = 0,

    /// <summary>The sender's id of the message.</summary>
    MessageId = 1,

    /// <summary>The identity the sender claims; the gateway stamps the true one elsewhere.</summary>
    UserId = 2,

    /// <summary>The address the sender wrote.</summary>
    To = 3,

    /// <summary>A summary of content and purpose.</summary>
    Subject = 4,

    /// <summary>Where to answer to.</summary>
    ReplyTo = 5,

    /// <summary>What this message is about or answers.</summary>
    CorrelationId = 6,

    /// <summary>The MIME type of the body.</summary>
    ContentType = 7,

    /// <summary>The content encoding of the body.</summary>
    ContentEncoding = 8,

    /// <summary>When the sender says it made the message.</summary>
    CreationTime = 9,

    /// <summary>The group it belongs to.</summary>
    GroupId = 10,

    /// <summary>Its place in the group.</summary>
    GroupSequence = 11,

    /// <summary>The group an answer belongs to.</summary>
    ReplyToGroupId = 12,

    /// <summary>A property of the application, with a name.</summary>
    Property = 13,
}
