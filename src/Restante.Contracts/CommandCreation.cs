using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A command to be sent.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CommandCreation
{
    /// <summary>
    /// The body. A string is sent as its text; any other JSON value is sent as JSON, with the content type <c>application/json</c> unless
    /// another is given. Not together with <c>bodyBase64</c>.
    /// </summary>
    public JsonElement? Body { get; init; }

    /// <summary>The body as base64, for bytes that are no text.</summary>
    public string? BodyBase64 { get; init; }

    /// <summary>The media type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The sender's own id of the message, at most 256 characters.</summary>
    public string? MessageId { get; init; }

    /// <summary>What the command is about.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>A summary of content and purpose, such as the command's name.</summary>
    public string? Subject { get; init; }

    /// <summary>
    /// How long the command lives, in seconds. Not together with <c>expiresAt</c>; with neither it lives as the gateway's default says.
    /// </summary>
    public double? Ttl { get; init; }

    /// <summary>When the command expires.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Properties for the device.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "(command)";
}
