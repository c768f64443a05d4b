using System.Text.Json;
using System.Text.Json.Nodes;

namespace Restante.Cli.Commands;

/// <summary>
/// Sets and removes tags as people write them: <c>city=Oslo</c>, <c>axles=3</c>, <c>air.level=2</c>. Dots lead into objects. A value that
/// reads as JSON is that; any other is text.
/// </summary>
internal static class TagEdit
{
    public const string Rule = "NAME=VALUE is expected, and dots in NAME stand between names";

    /// <summary>True when it can be a tag.</summary>
    public static bool IsTag(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is int equals and > 0 && IsName(text[..equals]);

    /// <summary>True when it can be the name of one.</summary>
    public static bool IsName(string name) => name.Split('.').All(static part => part.Length > 0);

    /// <summary>The tags that come of others by changes.</summary>
    /// <param name="tags">What there is; null for none.</param>
    /// <param name="set">Tags for which <see cref="IsTag"/> holds.</param>
    /// <param name="removed">Names for which <see cref="IsName"/> holds.</param>
    public static JsonElement Apply(JsonElement? tags, IEnumerable<string> set, IEnumerable<string> removed)
    {
        JsonObject root = tags is JsonElement element && JsonObject.Create(element) is JsonObject old ? old.DeepClone().AsObject() : [];
        foreach (string name in removed)
            Remove(root, name.Split('.'));
        foreach (string tag in set)
        {
            int equals = tag.IndexOf('=', StringComparison.Ordinal);
            Set(root, tag[..equals].Split('.'), Value(tag[(equals + 1)..]));
        }

        using JsonDocument document = JsonDocument.Parse(root.ToJsonString());
        return document.RootElement.Clone();
    }

    private static void Set(JsonObject at, string[] names, JsonNode? value)
    {
        foreach (string name in names[..^1])
        {
            if (at[name] is not JsonObject inner)
                at[name] = inner = [];
            at = inner;
        }

        at[names[^1]] = value;
    }

    private static void Remove(JsonObject root, string[] names)
    {
        JsonObject? at = root;
        foreach (string name in names[..^1])
            at = at?[name] as JsonObject;
        at?.Remove(names[^1]);
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
