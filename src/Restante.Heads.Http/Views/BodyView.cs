using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Restante.Contracts;
using Restante.Core.Messages;

namespace Restante.Heads.Http.Views;

/// <summary>A message's body as JSON shows it: text, a JSON value, or base64.</summary>
internal readonly record struct BodyView(JsonElement? Body, string? Base64, string? Form)
{
    // Far below the depth that readers and the serializer take, so that a deep body cannot spoil the page around it.
    private const int MaxDepth = 32;

    public static BodyView Of(MessageContent content)
    {
        ReadOnlySpan<byte> body = content.Body.Span;
        if (content.BodyKind == BodyKind.AmqpEncoded)
            return new BodyView(null, Convert.ToBase64String(body), "amqp");
        if (content.ContentEncoding is not null || !Utf8.IsValid(body))
            return new BodyView(null, Convert.ToBase64String(body), null);
        return new BodyView(IsJson(content.ContentType) && TryParse(body, out JsonElement value) ? value : Text(body), null, null);
    }

    private static JsonElement Text(ReadOnlySpan<byte> body) =>
        JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(body), RestanteJson.Plain.String);

    private static bool IsJson(string? contentType) =>
        contentType is not null
        && MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && type.MediaType is string media
        && (media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith(
            "+json", StringComparison.OrdinalIgnoreCase));

    private static bool TryParse(ReadOnlySpan<byte> body, out JsonElement value)
    {
        value = default;
        ReadOnlySpan<byte> trimmed = body.Trim(" \t\r\n"u8);
        if (trimmed.IsEmpty || trimmed[0] is not ((byte)'{' or (byte)'['))
            return false;
        try
        {
            var reader = new Utf8JsonReader(trimmed, new JsonReaderOptions { MaxDepth = MaxDepth });
            value = JsonElement.ParseValue(ref reader);
            return reader.BytesConsumed == trimmed.Length && CanBeWritten(trimmed);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // Half of a surrogate pair may be written with escapes, and parses; but no writer takes it, and the page around it would be lost.
    private static bool CanBeWritten(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                    _ = reader.GetString();
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
