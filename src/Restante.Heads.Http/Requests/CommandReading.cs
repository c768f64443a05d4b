using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restante.Contracts;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>Reads commands: wrapped in JSON, or a raw body with headers.</summary>
internal sealed class CommandReading(GatewayLimits limits, TimeProvider time)
{
    private const string Ttl = "X-Restante-Ttl";
    private const string ExpiresAt = "X-Restante-Expires-At";
    private const string MessageId = "X-Restante-Message-Id";
    private const string CorrelationId = "X-Restante-Correlation-Id";
    private const string Subject = "X-Restante-Subject";
    private const string PropertyPrefix = "X-Restante-Property-";

    // Far beyond every limit, and far from overflowing.
    private const double LongestTtlSeconds = 1e10;
    private const int WrappingBytes = 64 * 1024;

    public static IReadOnlyList<(string Name, string Meaning)> Headers { get; } =
    [
        (Ttl, "Raw bodies: how long the command lives, in seconds."),
        (ExpiresAt, "Raw bodies: when the command expires, RFC 3339."),
        (MessageId, "Raw bodies: the sender's own id of the message."),
        (CorrelationId, "Raw bodies: what the command is about."),
        (Subject, "Raw bodies: a summary of content and purpose."),
    ];

    /// <summary>The largest body that can hold a message of the largest size in base64.</summary>
    private int MaxWrappedBytes => (int)Math.Min(int.MaxValue, ((limits.MaxMessageBytes + 2L) / 3 * 4) + WrappingBytes);

    public async ValueTask<CommandWish> ReadAsync(HttpRequest request)
    {
        if (RequestBody.IsJson(request))
            return FromJson(await RequestBody.ReadJsonAsync(request, RestanteJson.Plain.CommandCreation, MaxWrappedBytes));
        if (request.HasFormContentType)
        {
            throw new MalformedRequestException(
                "A command is no form. Send application/json with the members of a command, or the raw body with its own content type "
                + "(with curl: -H 'Content-Type: application/json').");
        }

        return FromRaw(request, await RequestBody.ReadAsync(request, limits.MaxMessageBytes));
    }

    private CommandWish FromJson(CommandCreation creation)
    {
        if (creation.Body is not null && creation.BodyBase64 is not null)
            throw new MalformedRequestException("Give 'body' or 'bodyBase64', not both.");
        (BodyKind kind, byte[] body, bool isJson) = ReadBody(creation);
        var properties = new List<KeyValuePair<string, string>>();
        foreach ((string name, string? value) in creation.Properties ?? new Dictionary<string, string>())
        {
            if (name.Length == 0 || value is null)
                throw new MalformedRequestException("The member 'properties' must map names to strings; neither may be missing.");
            properties.Add(new(name, value));
        }

        var content = new MessageContent
        {
            BodyKind = kind,
            Body = body,
            MessageId = creation.MessageId,
            CorrelationId = creation.CorrelationId,
            Subject = creation.Subject,
            ContentType = creation.ContentType ?? (isJson ? "application/json" : null),
            Properties = properties,
        };
        return new CommandWish(content.Encode(), creation.MessageId, Expiry(creation.Ttl, creation.ExpiresAt));
    }

    private CommandWish FromRaw(HttpRequest request, byte[] body)
    {
        double? ttl = null;
        if (One(request, Ttl) is string ttlText)
        {
            ttl = double.TryParse(ttlText, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
                ? seconds
                : throw new MalformedRequestException($"The header {Ttl} must be a number of seconds.");
        }

        DateTimeOffset? expiresAt = null;
        if (One(request, ExpiresAt) is string expiryText)
        {
            expiresAt = RfcTimeConverter.TryParse(expiryText, out DateTimeOffset at)
                ? at
                : throw new MalformedRequestException($"The header {ExpiresAt} must be a time as in RFC 3339, with an offset or Z.");
        }

        string? messageId = One(request, MessageId);
        var content = new MessageContent
        {
            Body = body,
            MessageId = messageId,
            CorrelationId = One(request, CorrelationId),
            Subject = One(request, Subject),
            ContentType = request.ContentType,
            ContentEncoding = One(request, "Content-Encoding"),
            Properties = Properties(request),
        };
        return new CommandWish(content.Encode(), messageId, Expiry(ttl, expiresAt));
    }

    private static (BodyKind Kind, byte[] Body, bool IsJson) ReadBody(CommandCreation creation)
    {
        if (creation.BodyBase64 is string base64)
        {
            byte[] bytes = new byte[base64.Length];
            return Convert.TryFromBase64String(base64, bytes, out int length)
                ? (BodyKind.Binary, bytes[..length], false)
                : throw new MalformedRequestException("The member 'bodyBase64' is not base64.");
        }

        if (creation.Body is not JsonElement body)
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

    private static string? One(HttpRequest request, string name)
    {
        StringValues values = request.Headers[name];
        return values.Count switch
        {
            0 => null,
            1 => values[0],
            _ => throw new MalformedRequestException($"The header {name} is given more than once."),
        };
    }

    private long? Expiry(double? ttlSeconds, DateTimeOffset? expiresAt)
    {
        if (ttlSeconds is null)
            return expiresAt?.ToUnixTimeMilliseconds();
        if (expiresAt is not null)
            throw new MalformedRequestException("Give a time to live or an expiry, not both.");
        if (ttlSeconds is not (> 0 and <= LongestTtlSeconds))
            throw new MalformedRequestException("The time to live must be a number of seconds above 0.");
        return time.GetUtcNow().ToUnixTimeMilliseconds() + Math.Max(1, (long)(ttlSeconds.Value * 1000));
    }
}
