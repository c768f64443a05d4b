using System.Text;
using System.Text.Json;
using Restante.Core.Refusals;

namespace Restante.Core.Devices;

/// <summary>The tags of a device: a JSON object that services keep about it. Kept as its text.</summary>
public static class DeviceTags
{
    /// <summary>No tags.</summary>
    public const string None = "{}";

    /// <summary>How deep objects and arrays may stand in one another, the outermost included.</summary>
    public const int MaxDepth = 5;

    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    private static readonly JsonElement s_none = Read(None);

    /// <summary>Says what is wrong with a text as tags; null when nothing is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxBytes">The largest size, in bytes of UTF-8.</param>
    public static string? Fault(string text, int maxBytes)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes > maxBytes)
            return $"The tags have {bytes} bytes; the limit is {maxBytes}.";
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, s_strict);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return "The tags are no JSON object.";
            ReadTexts(document.RootElement);
            return null;
        }
        catch (JsonException) when (JsonFlaw.Find(Encoding.UTF8.GetBytes(text), MaxDepth) is JsonFlaw flaw)
        {
            return $"The tags cannot be read at line {flaw.Line}, byte {flaw.Place}: {flaw.Cause}.";
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return "The tags hold half a character: a UTF-16 surrogate without the other.";
        }
    }

    /// <summary>True when two texts say the same, whatever their blanks and the order of their members.</summary>
    /// <param name="one">Tags that have been checked.</param>
    /// <param name="other">Likewise.</param>
    public static bool AreSame(string one, string other) => one == other || JsonElement.DeepEquals(Read(one), Read(other));

    /// <summary>The tags as JSON.</summary>
    /// <param name="text">Tags that have been checked.</param>
    internal static JsonElement Read(string text)
    {
        if (text == None && s_none.ValueKind == JsonValueKind.Object)
            return s_none;
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    // JSON may write half a character as an escape; that is found when the text is wanted, so it is looked for at once.
    private static void ReadTexts(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            element.GetString();
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                ReadTexts(item);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                _ = property.Name;
                ReadTexts(property.Value);
            }
        }
    }
}
