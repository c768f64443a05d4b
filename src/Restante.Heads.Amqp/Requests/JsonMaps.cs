using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Restante.Amqp.Types;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Requests;

/// <summary>JSON as AMQP values and back: objects are maps, arrays lists, whole numbers longs, other numbers doubles.</summary>
internal static class JsonMaps
{
    private const int MaxDepth = 16;
    private const int MaxPlace = 200;

    // The depth was checked when the text was taken.
    private static readonly JsonDocumentOptions s_reading = new() { MaxDepth = MaxDepth };
    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 64 };

    /// <summary>Reads JSON; false when it is none.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> json, out object? value)
    {
        value = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_reading);
            value = Read(document.RootElement);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // Also half a character in an escape, which is no text.
        }
    }

    /// <summary>Reads the JSON object of a request; false when it is none, or has a member twice, wherever it stands.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="verbatim">
    /// The member whose object is kept as it was written, as a <see cref="JsonText"/>: AMQP has no value for each number that JSON can
    /// write.
    /// </param>
    /// <param name="map">What it says.</param>
    public static bool TryReadRequest(ReadOnlyMemory<byte> json, string verbatim, [NotNullWhen(true)] out AmqpMap? map)
    {
        map = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return false;
            var read = new AmqpMap();
            foreach (JsonProperty member in document.RootElement.EnumerateObject())
            {
                bool isKept = member.NameEquals(verbatim) && member.Value.ValueKind == JsonValueKind.Object;
                read[member.Name] = isKept ? new JsonText(member.Value.GetRawText()) : Read(member.Value);
            }

            map = read;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return false; // Also half a character in an escape, which is no text.
        }
    }

    /// <summary>The place of a number that JSON cannot write: not a number, or infinite. Null when there is none.</summary>
    /// <param name="value">What to look through.</param>
    /// <param name="place">Where it stands itself.</param>
    public static string? FindNoNumber(object? value, string place) =>
        FindNoNumber(value) is string rest ? place.Length == 0 ? rest.StartsWith('.') ? rest[1..] : rest : place + rest : null;

    /// <summary>The refusal of such a number.</summary>
    public static Refusal NoNumber(string place) => new(
        RefusalKind.Malformed,
        $"The number at '{(place.Length <= MaxPlace ? place : string.Concat(place.AsSpan(0, MaxPlace), "…"))}' is infinite or "
            + "not a number (NaN), which JSON cannot write.");

    /// <summary>Writes a map as JSON. Values that JSON does not have become text.</summary>
    public static string Write(AmqpMap map)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(output, s_writing))
            Write(json, map);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    // The place is made on the way back, of what leads to the number: the keys may be long and the values many.
    private static string? FindNoNumber(object? value)
    {
        switch (value)
        {
            case float or double when !double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                return "";
            case AmqpMap map:
                foreach ((object key, object? member) in map)
                {
                    if (FindNoNumber(member) is string rest)
                        return $".{Convert.ToString(key, CultureInfo.InvariantCulture)}{rest}";
                }

                return null;
            case IReadOnlyList<object?> list:
                for (int i = 0; i < list.Count; i++)
                {
                    if (FindNoNumber(list[i]) is string rest)
                        return string.Create(CultureInfo.InvariantCulture, $"[{i}]{rest}");
                }

                return null;
            default:
                return null;
        }
    }

    private static object? Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new AmqpMap();
                foreach (JsonProperty member in element.EnumerateObject())
                    map[member.Name] = Read(member.Value);
                return map;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Read).ToList();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return element.TryGetInt64(out long whole) ? whole : element.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return element.GetBoolean();
            default:
                return null;
        }
    }

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case AmqpMap map:
                json.WriteStartObject();
                foreach ((object key, object? member) in map)
                {
                    json.WritePropertyName(Convert.ToString(key, CultureInfo.InvariantCulture) ?? "");
                    Write(json, member);
                }

                json.WriteEndObject();
                break;
            case IReadOnlyList<object?> list:
                json.WriteStartArray();
                foreach (object? item in list)
                    Write(json, item);
                json.WriteEndArray();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case byte or sbyte or short or ushort or int or uint or long:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number:
                json.WriteNumberValue(number);
                break;
            case float or double when double.IsFinite(Convert.ToDouble(value, CultureInfo.InvariantCulture)):
                json.WriteNumberValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}

/// <summary>A JSON object as it was written.</summary>
internal sealed record JsonText(string Text);
