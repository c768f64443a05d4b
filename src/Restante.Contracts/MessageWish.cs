using System.Text.Json;

namespace Restante.Contracts;

/// <summary>The parts that every message has which is sent through the REST interface.</summary>
public abstract record MessageWish
{
    /// <summary>The body. A string is sent as its text; any other JSON value is sent as JSON, with the content type
    /// <c>application/json</c> unless another is
    /// given. Not together with <c>bodyBase64</c>.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>The body as base64, for bytes that are no text.</summary>
    public string? BodyBase64 { get; init; }

    /// <summary>The media type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The sender's own id of the message, at most 256 characters.</summary>
    public string? MessageId { get; init; }

    /// <summary>What the message is about.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>A summary of content and purpose.</summary>
    public string? Subject { get; init; }

    /// <summary>Properties for the receiver.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(message)";
}
