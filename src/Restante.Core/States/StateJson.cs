using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Restante.Core.Limits;
using Restante.Core.Refusals;

namespace Restante.Core.States;

/// <summary>Checks and merges the JSON of state documents.</summary>
internal static class StateJson
{
    // Non-ASCII text stays as it is: the size of a part is that of its text, and no browser reads it as markup.
    private static readonly JsonWriterOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // What was checked against the limit needs none here.
    private static readonly JsonDocumentOptions s_reading = new() { MaxDepth = MaxReadDepth };

    private const int MaxReadDepth = 1_000;

    /// <summary>
    /// Looks whether the text is a JSON object within the limits. Refusals: malformed, with the place, and too-large; both name the limit
    /// that was passed.
    /// </summary>
    /// <param name="json">The text, UTF-8.</param>
    /// <param name="what">What it is called in a refusal.</param>
    /// <param name="maxBytes">How many bytes it may have.</param>
    /// <param name="maxDepth">How many objects and arrays may stand within each other, the outermost counted.</param>
    public static Refusal? Check(ReadOnlySpan<byte> json, string what, int maxBytes, int maxDepth)
    {
        if (json.Length > maxBytes)
            return TooLarge(what, json.Length, maxBytes);
        if (!Utf8.IsValid(json))
            return new Refusal(RefusalKind.Malformed, $"The {what} state is not valid UTF-8.");
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxReadDepth });
        try
        {
            return CheckTokens(ref reader, json, what, maxDepth);
        }
        catch (JsonException e)
        {
            return new Refusal(
                RefusalKind.Malformed, $"The {what} state is not valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
    }

    /// <summary>Applies a merge-patch [RFC 7396] to an object, in one pass over both. Both have been checked.</summary>
    /// <returns>The patched object, compact: what was there in its order, then what is new in that of the patch.</returns>
    public static byte[] Merge(ReadOnlyMemory<byte> target, ReadOnlyMemory<byte> patch)
    {
        using JsonDocument wanted = JsonDocument.Parse(patch, s_reading);
        using JsonDocument old = JsonDocument.Parse(target, s_reading);
        var buffer = new ArrayBufferWriter<byte>(target.Length + patch.Length);
        using (var writer = new Utf8JsonWriter(buffer, s_writing))
            WriteMerged(writer, old.RootElement, wanted.RootElement);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Checks a desired state that a device is to begin with, and writes it as it is kept.</summary>
    /// <param name="json">The text, UTF-8.</param>
    /// <param name="limits">How large and deep it may be.</param>
    /// <param name="kept">What is kept; empty when there is nothing in it.</param>
    public static Refusal? CheckFirst(ReadOnlyMemory<byte> json, GatewayLimits limits, out ReadOnlyMemory<byte> kept)
    {
        kept = default;
        if (Check(json.Span, "desired", limits.MaxStateBytes, limits.MaxStateDepth) is Refusal refusal)
            return refusal;
        byte[] merged = Merge(StateContent.Empty.Json, json);
        if (merged.Length > limits.MaxStateBytes)
            return TooLarge("desired", merged.Length, limits.MaxStateBytes);
        if (!merged.AsSpan().SequenceEqual(StateContent.Empty.Json.Span))
            kept = merged;
        return null;
    }

    /// <summary>The refusal of a part that is too large.</summary>
    public static Refusal TooLarge(string what, int bytes, int maxBytes) =>
        new(RefusalKind.TooLarge, $"The {what} state has {bytes} bytes; the limit is {maxBytes}.");

    private static Refusal? CheckTokens(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string what, int maxDepth)
    {
        var names = new Stack<HashSet<string>>();
        bool first = true;
        while (reader.Read())
        {
            if (first && reader.TokenType != JsonTokenType.StartObject)
                return new Refusal(RefusalKind.Malformed, $"The {what} state must be a JSON object.");
            first = false;
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth >= maxDepth)
                return At(reader, json, $"The {what} state is deeper than the limit of {maxDepth} levels");
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && !IsText(reader))
                return At(reader, json, $"The {what} state has half of a surrogate pair");
            if (reader.TokenType == JsonTokenType.StartObject)
                names.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject)
                names.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && !names.Peek().Add(reader.GetString()!))
                return At(reader, json, $"The {what} state has the same member twice");
        }

        return null;
    }

    // An escaped half of a surrogate pair is a token of JSON, but no text.
    private static bool IsText(in Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return true;
        try
        {
            _ = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static Refusal At(in Utf8JsonReader reader, ReadOnlySpan<byte> json, string sentence)
    {
        ReadOnlySpan<byte> before = json[..(int)reader.TokenStartIndex];
        int line = before.Count((byte)'\n') + 1;
        int place = before.Length - before.LastIndexOf((byte)'\n');
        return new Refusal(RefusalKind.Malformed, $"{sentence} at line {line}, byte {place}.");
    }

    // The target may be undefined or no object: then the patch makes one. Names stand once in each, as was checked.
    private static void WriteMerged(Utf8JsonWriter writer, JsonElement target, JsonElement patch)
    {
        var wanted = new Dictionary<string, JsonElement>(patch.GetPropertyCount(), StringComparer.Ordinal);
        foreach (JsonProperty member in patch.EnumerateObject())
            wanted.Add(member.Name, member.Value);
        writer.WriteStartObject();
        if (target.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in target.EnumerateObject())
            {
                string name = member.Name;
                if (wanted.Remove(name, out JsonElement value))
                    WriteMember(writer, name, member.Value, value);
                else
                    member.WriteTo(writer);
            }
        }

        if (wanted.Count > 0)
            WriteNew(writer, patch, wanted);
        writer.WriteEndObject();
    }

    // In the order of the patch.
    private static void WriteNew(Utf8JsonWriter writer, JsonElement patch, Dictionary<string, JsonElement> wanted)
    {
        foreach (JsonProperty member in patch.EnumerateObject())
        {
            if (wanted.ContainsKey(member.Name))
                WriteMember(writer, member.Name, default, member.Value);
        }
    }

    private static void WriteMember(Utf8JsonWriter writer, string name, JsonElement old, JsonElement wanted)
    {
        if (wanted.ValueKind == JsonValueKind.Null)
            return;
        writer.WritePropertyName(name);
        if (wanted.ValueKind == JsonValueKind.Object)
            WriteMerged(writer, old, wanted);
        else
            wanted.WriteTo(writer);
    }
}
