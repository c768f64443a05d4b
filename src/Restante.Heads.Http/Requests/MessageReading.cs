using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restante.Contracts;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Tracing;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads messages: wrapped in JSON, or a raw body with headers.</summary>
internal sealed class MessageReading(GatewayLimits limits)
{
    private const string MessageId = "X-Restante-Message-Id";
    private const string CorrelationId = "X-Restante-Correlation-Id";
    private const string Subject = "X-Restante-Subject";
    private const string PropertyPrefix = "X-Restante-Property-";
    private const int WrappingBytes = 64 * 1024;
    private const int MaxTraceLength = 512;

    /// <summary>What stands in headers for a raw body.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Headers { get; } =
    [
        (MessageId, "Raw bodies: the sender's own id of the message."),
        (CorrelationId, "Raw bodies: what the message is about."),
        (Subject, "Raw bodies: a summary of content and purpose."),
    ];

    /// <summary>The largest body that can hold a message of the largest size in base64.</summary>
    private int MaxWrappedBytes => (int)Math.Min(int.MaxValue, ((limits.MaxMessageBytes + 2L) / 3 * 4) + WrappingBytes);

    /// <summary>Reads a message that is wrapped in JSON.</summary>
    public ValueTask<T> ReadWrappedAsync<T>(HttpRequest request, JsonTypeInfo<T> type)
        where T : MessageWish => RequestBody.ReadJsonAsync(request, type, MaxWrappedBytes);

    /// <summary>Reads a raw body with its headers.</summary>
    public async ValueTask<MessageContent> ReadRawAsync(HttpRequest request)
    {
        if (request.HasFormContentType)
        {
            throw new MalformedRequestException(
                "A message is no form. Send the raw body with its own content type, or application/json "
                + "(with curl: -H 'Content-Type: application/json').");
        }

        return new MessageContent
        {
            Body = await RequestBody.ReadAsync(request, limits.MaxMessageBytes),
            MessageId = HeaderText.One(request, MessageId),
            CorrelationId = HeaderText.One(request, CorrelationId),
            Subject = HeaderText.One(request, Subject),
            ContentType = request.ContentType,
            ContentEncoding = HeaderText.One(request, "Content-Encoding"),
            Properties = WithTrace(Properties(request), request),
        };
    }

    /// <summary>The message that a wrapping holds.</summary>
    /// <param name="wish">The wrapping.</param>
    /// <param name="request">The request that sends this one message, for its trace; null for one that sends many.</param>
    public static MessageContent Unwrap(MessageWish wish, HttpRequest? request = null)
    {
        if (wish.Body is not null && wish.BodyBase64 is not null)
            throw new MalformedRequestException("Give 'body' or 'bodyBase64', not both.");
        (BodyKind kind, byte[] body, bool isJson) = ReadBody(wish);
        var properties = new List<KeyValuePair<string, string>>();
        foreach ((string name, string? value) in wish.Properties ?? new Dictionary<string, string>())
        {
            if (name.Length == 0 || value is null)
                throw new MalformedRequestException("The member 'properties' must map names to strings; neither may be missing.");
            properties.Add(new(name, value));
        }

        return new MessageContent
        {
            BodyKind = kind,
            Body = body,
            MessageId = wish.MessageId,
            CorrelationId = wish.CorrelationId,
            Subject = wish.Subject,
            ContentType = wish.ContentType ?? (isJson ? "application/json" : null),
            Properties = request is null ? properties : WithTrace(properties, request),
        };
    }

    private static (BodyKind Kind, byte[] Body, bool IsJson) ReadBody(MessageWish wish)
    {
        if (wish.BodyBase64 is string base64)
        {
            byte[] bytes = new byte[base64.Length];
            return Convert.TryFromBase64String(base64, bytes, out int length)
                ? (BodyKind.Binary, bytes[..length], false)
                : throw new MalformedRequestException("The member 'bodyBase64' is not base64.");
        }

        if (wish.Body is not JsonElement body)
            return (BodyKind.Binary, [], false);
        if (body.ValueKind != JsonValueKind.String)
            return (BodyKind.Text, JsonMarshal.GetRawUtf8Value(body).ToArray(), true);
        try
        {
            return (BodyKind.Text, Encoding.UTF8.GetBytes(body.GetString()!), false);
        }
        catch (InvalidOperationException)
        {
            throw new MalformedRequestException("The member 'body' is not Unicode text: it holds half of a surrogate pair.");
        }
    }

    // A trace is a property of the message, as it is on the other protocols; one that was written into the message stays.
    private static List<KeyValuePair<string, string>> WithTrace(List<KeyValuePair<string, string>> properties, HttpRequest request)
    {
        string parent = request.Headers.TraceParent.ToString();
        if (parent.Length is 0 or > MaxTraceLength || properties.Exists(static p => p.Key is MessageTrace.ParentProperty))
            return properties;
        properties.Add(new(MessageTrace.ParentProperty, parent));
        string state = request.Headers.TraceState.ToString();
        if (state.Length is > 0 and <= MaxTraceLength)
            properties.Add(new(MessageTrace.StateProperty, state));
        return properties;
    }

    private static List<KeyValuePair<string, string>> Properties(HttpRequest request)
    {
        var properties = new List<KeyValuePair<string, string>>();
        foreach ((string name, StringValues values) in request.Headers)
        {
            // Header names have no case; HTTP/2 sends them in lower case, so that is the one form.
            if (name.Length > PropertyPrefix.Length && name.StartsWith(PropertyPrefix, StringComparison.OrdinalIgnoreCase))
                properties.Add(new(name[PropertyPrefix.Length..].ToLowerInvariant(), values.ToString()));
        }

        return properties;
    }
}
