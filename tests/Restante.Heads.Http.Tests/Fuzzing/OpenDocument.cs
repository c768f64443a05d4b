using System.Text;
using System.Text.Json;

namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>The OpenAPI description as a tester reads it: operations, and what their answers must be.</summary>
internal sealed class OpenDocument(JsonDocument document) : IDisposable
{
    private readonly JsonElement _schemas = document.RootElement.GetProperty("components").GetProperty("schemas");

    /// <summary>Method, path and description of every operation.</summary>
    public IReadOnlyList<(string Method, string Path, JsonElement Operation)> Operations { get; } =
    [
        .. document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(
            path => path.Value.EnumerateObject().Select(o => (o.Name.ToUpperInvariant(), path.Name, o.Value))),
    ];

    public static async Task<OpenDocument> ReadAsync(HttpClient client) =>
        new(JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json")));

    /// <summary>The schema that a schema refers to, or itself.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out JsonElement reference))
            schema = _schemas.GetProperty(reference.GetString()!.Split('/')[^1]);
        return schema;
    }

    /// <summary>The names of the types that a schema allows.</summary>
    public static string[] TypesOf(JsonElement schema) => !schema.TryGetProperty("type", out JsonElement type) ? []
        : type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(t => t.GetString()!)] : [type.GetString()!];

    /// <summary>What is wrong with an answer; null when the description allows it.</summary>
    public string? FaultOf(string method, string path, int status, string? media, ReadOnlySpan<byte> body)
    {
        (_, _, JsonElement operation) = Operations.First(o => o.Method == method && o.Path == path);
        if (!operation.GetProperty("responses").TryGetProperty($"{status}", out JsonElement response))
            return "the status is not described";
        if (!response.TryGetProperty("content", out JsonElement content))
            return body.IsEmpty ? null : "a body is not described";
        if (media is null || !content.TryGetProperty(media, out JsonElement form))
            return $"the content type {media} is not described";
        if (!media.EndsWith("json", StringComparison.Ordinal) || !form.TryGetProperty("schema", out JsonElement schema))
            return null;
        string[] texts = [Encoding.UTF8.GetString(body)];
        if (media.EndsWith("ndjson", StringComparison.Ordinal))
            texts = texts[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            foreach (string text in texts)
            {
                using JsonDocument answer = JsonDocument.Parse(text);
                if (FaultOf(answer.RootElement, schema, "$") is string fault)
                    return fault;
            }

            return null;
        }
        catch (JsonException)
        {
            return "the body is no JSON";
        }
    }

    private string? FaultOf(JsonElement value, JsonElement schema, string at)
    {
        schema = Resolve(schema);
        foreach (string union in (ReadOnlySpan<string>)["oneOf", "anyOf"])
        {
            if (schema.TryGetProperty(union, out JsonElement choices))
                return choices.EnumerateArray().Any(c => FaultOf(value, c, at) is null) ? null : $"{at} is none of the choices";
        }

        string[] types = TypesOf(schema);
        if (types.Length > 0 && !types.Any(t => IsOf(value, t)))
            return $"{at} is {value.ValueKind}, not {string.Join('/', types)}";
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out JsonElement items))
            return value.EnumerateArray().Select((item, i) => FaultOf(item, items, $"{at}[{i}]")).FirstOrDefault(f => f is not null);
        return value.ValueKind == JsonValueKind.Object ? FaultOfMembers(value, schema, at) : null;
    }

    private string? FaultOfMembers(JsonElement value, JsonElement schema, string at)
    {
        bool isClosed = schema.TryGetProperty("properties", out JsonElement members);
        if (schema.TryGetProperty("required", out JsonElement required))
        {
            foreach (JsonElement name in required.EnumerateArray())
            {
                if (!value.TryGetProperty(name.GetString()!, out _))
                    return $"{at} lacks {name}";
            }
        }

        bool takesMore = schema.TryGetProperty("additionalProperties", out JsonElement more);
        foreach (JsonProperty member in value.EnumerateObject())
        {
            string? fault = isClosed && members.TryGetProperty(member.Name, out JsonElement known) ? FaultOf(member.Value, known,
                $"{at}.{member.Name}")
                : takesMore && more.ValueKind == JsonValueKind.Object ? FaultOf(member.Value, more, $"{at}.{member.Name}")
                : isClosed && !takesMore ? $"{at}.{member.Name} is not described"
                : null;
            if (fault is not null)
                return fault;
        }

        return null;
    }

    private static bool IsOf(JsonElement value, string type) => value.ValueKind switch
    {
        JsonValueKind.Object => type == "object",
        JsonValueKind.Array => type == "array",
        JsonValueKind.String => type == "string",
        JsonValueKind.Number => type == "number" || (type == "integer" && value.TryGetInt64(out _)),
        JsonValueKind.True or JsonValueKind.False => type == "boolean",
        _ => type == "null",
    };

    public void Dispose() => document.Dispose();
}
