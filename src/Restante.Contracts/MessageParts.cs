using System.Text.Json;

namespace Restante.Contracts;

/// <summary>The parts that every message has which the REST interface shows.</summary>
public abstract record MessageParts
{
    /// <summary>
    /// The body when it is UTF-8 text: as a string, or as the JSON value itself when the content type says JSON and it is an object or
    /// array.
    /// </summary>
    public JsonElement? Body { get; init; }

    /// <summary>The body as base64 when it is no text.</summary>
    public string? BodyBase64 { get; init; }

    /// <summary><c>amqp</c> when <c>bodyBase64</c> holds AMQP-encoded sections (maps, lists, numbers); absent otherwise.</summary>
    public string? BodyForm { get; init; }

    /// <summary>The media type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The content encoding of the body.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>The sender's own id of the message.</summary>
    public string? MessageId { get; init; }

    /// <summary>What it is about.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>A summary of content and purpose.</summary>
    public string? Subject { get; init; }

    /// <summary>When the sender says it made the message.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Properties of the application; typed values are shown as text, and of equal names the last one.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(message)";
}
