using System.Text.Json;

namespace Restante.Core.Refusals;

/// <summary>What keeps a text from being JSON that can be taken, whatever it is about.</summary>
/// <param name="Cause">What is wrong, in words that repeat nothing of the text.</param>
/// <param name="Line">In which line, from 1.</param>
/// <param name="Place">At which byte of the line, from 1.</param>
public readonly record struct JsonFlaw(string Cause, long Line, long Place)
{
    private const string NoJson = "it is no JSON there";

    /// <summary>Finds the first thing that is wrong; null when nothing is.</summary>
    /// <param name="json">The text, UTF-8.</param>
    /// <param name="maxDepth">How many objects and arrays may stand within each other, the outermost counted.</param>
    /// <param name="before">Where to stop looking, in bytes.</param>
    public static JsonFlaw? Find(ReadOnlySpan<byte> json, int maxDepth, long before = long.MaxValue)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth + 1 });
        try
        {
            return FindCause(ref reader, maxDepth, before) is string cause ? At(cause, json[..(int)reader.TokenStartIndex]) : null;
        }
        catch (JsonException e)
        {
            return new JsonFlaw(NoJson, e.LineNumber.GetValueOrDefault() + 1, e.BytePositionInLine.GetValueOrDefault() + 1);
        }
        catch (InvalidOperationException)
        {
            return At(NoJson, json[..(int)reader.TokenStartIndex]); // A name that is no text.
        }
    }

    private static string? FindCause(ref Utf8JsonReader reader, int maxDepth, long before)
    {
        var names = new Stack<HashSet<string>>();
        while (reader.Read() && reader.TokenStartIndex < before)
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray && reader.CurrentDepth >= maxDepth)
                return $"it is deeper than the limit of {maxDepth} levels";
            if (reader.TokenType == JsonTokenType.StartObject)
                names.Push(new HashSet<string>(StringComparer.Ordinal));
            else if (reader.TokenType == JsonTokenType.EndObject)
                names.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && !names.Peek().Add(reader.GetString()!))
                return "a member stands there twice";
        }

        return null;
    }

    private static JsonFlaw At(string cause, ReadOnlySpan<byte> before) =>
        new(cause, before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'));
}
