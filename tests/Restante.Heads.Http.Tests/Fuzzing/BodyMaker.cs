using System.Text;
using System.Text.Json;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Heads.Http.Tests.Fuzzing;

/// <summary>Makes JSON out of a schema: mostly what it asks for, sometimes something else, and sometimes broken.</summary>
/// <param name="document">The description.</param>
/// <param name="random">The source.</param>
/// <param name="mark">What texts hold, to be found again where it has no business.</param>
internal sealed class BodyMaker(OpenDocument document, Random random, string mark)
{
    // The SHA-256 of "1", as one that was drawn looks.
    private const string KeyOf32Bytes = "a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=";

    // Of an authority, good until 2126.
    private const string Certificate =
        "MIIBbDCCARKgAwIBAgIUP/TvoZvLs1e/WknHH5qYLXiJ4zMwCgYIKoZIzj0EAwIwEzERMA8GA1UEAwwITWFrZXIgQ0EwIBcNMjYxMTI1MjI0OT"
        + "Q3WhgPMjEyNjExMDEyMjQ5NDdaMBMxETAPBgNVBAMMCE1ha2VyIENBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+hSC53w0VcA/QFqEnSbf"
        + "CbDm5mBm3VMzqTFfVqZgPW3ldDbV/uMjR8H1G+LYeR2wbtupArzmnXvCZ1mnSSvFBaNCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBA"
        + "MCAQYwHQYDVR0OBBYEFPc+IEsvbIKmkeZQbDMOKGqImRAcMAoGCCqGSM49BAMCA0gAMEUCIQDq/yV2AZKd1N/qPAhu74iqotPvq1dfH1dmsBtz"
        + "dSBhpwIgedOME0Rori9O9yUlIWYGu1zCo8SH1CagrxukrrYaMno=";

    private static readonly string[] s_words =
    [
        "null", "{}", "[]", "{", "}", "]", "\"", ",", ":", "\\ud800", "\\u0000", "1e999", "-", "99999999999999999999", "\"a\":1,",
        "\uFEFF", "é", "//",
        "\"id\":\"a\",", "\"ttl\":-1,", "\"body\":\"x\",", "\"bodyBase64\":\"=\",", "\"properties\":{\"\":\"\"},",
    ];

    /// <summary>A body for a schema.</summary>
    public byte[] Make(JsonElement schema)
    {
        string json = Value(schema, null, 0);
        json = random.Next(6) switch
        {
            0 => Damage.Text(random, json, s_words),
            1 => json.Insert(random.Next(json.Length + 1), s_words[random.Next(s_words.Length)]),
            _ => json,
        };
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        return random.Next(40) switch
        {
            0 => Damage.Bytes(random, [bytes]),
            1 => [.. bytes, .. new byte[random.Next(40_000)]],
            2 => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[{\"a\":", random.Next(3_000)))),
            _ => bytes,
        };
    }

    /// <summary>A text such as a member, a parameter or a header of that name may have.</summary>
    public string Text(string? name)
    {
        string[] fit = name switch
        {
            "id" or "device" or "gateway" or "X-Restante-Device" => ["a", "b", "child", "c", "nobody"],
            "status" => ["enabled", "disabled"],
            "slot" => ["primary", "secondary"],
            "rights" => ["send", "registry-read", "telemetry-read", "inquiry-answer"],
            "thumbprint" => [new string('a', 64)],
            "primary" or "secondary" or "primaryKey" or "key" => [KeyOf32Bytes],
            "groups" or "group" => ["buses", "trams"],
            "query" or "audience" => ["id like '%'", "groups has 'buses'", "tags.city = 'Oslo'", "id = 'a'", "not id = 'b'"],
            "selector" => ["kind = 'command'", "subject like '%'", "a > 1"],
            "contentType" => ["text/plain", "application/json"],
            "from" => ["earliest", "latest", "offset:5", "2026-11-22T12:00:00Z", "0"],
            "after" or "before" or "message" or "command" or "Last-Event-ID" => [$"{random.Next(30)}",
            $"{random.Next(5)}-{random.Next(30)}", "a"],
            "lease" => [$"{random.Next(1, 30)}-{random.Next(1, 4)}"],
            "wait" => ["0", "0.0", "-1", "NaN", "1e9"],
            "bodyBase64" => [Convert.ToBase64String(Encoding.UTF8.GetBytes(mark)), "AAAA"],
            "kind" => ["command", "notification", "answer"],
            "name" => ["weather", "maker", "stranger", "fuzz-send", "fuzz-registryread"],
            "reader" => ["r1", "r2"],
            "partition" => ["0", "1"],
            "certificate" or "proof" => [$"-----BEGIN CERTIFICATE-----\n{Certificate}\n-----END CERTIFICATE-----", Certificate],
            "If-Match" => [$"\"{random.Next(1, 20)}\"", "*", "W/\"1\""],
            _ => [mark, $"{mark}-{random.Next(30)}", $"{random.Next(30)}", "true"],
        };
        string text = fit[random.Next(fit.Length)];
        return random.Next(12) == 0 ? Damage.Text(random, text, [" ", "/", "%", "\0", "\n", "'", "\"", "..", "\ud800", "é", "\U0001F69A",
            new string('x', 3_000)]) : text;
    }

    private string Value(JsonElement schema, string? name, int depth)
    {
        schema = document.Resolve(schema);
        if (random.Next(30) == 0 || depth > 6)
            return Any();
        foreach (string union in (ReadOnlySpan<string>)["oneOf", "anyOf"])
        {
            if (schema.TryGetProperty(union, out JsonElement choices))
                return Value(choices[random.Next(choices.GetArrayLength())], name, depth + 1);
        }

        string[] types = [.. OpenDocument.TypesOf(schema).Where(t => t != "null")];
        return (types.Length == 0 ? "" : types[random.Next(types.Length)]) switch
        {
            "object" => Object(schema, depth),
            "array" => "[" + string.Join(",", Enumerable.Range(0, random.Next(4)).Select(_ => Value(schema.GetProperty("items"), name,
            depth + 1))) + "]",
            "string" => schema.TryGetProperty("format", out JsonElement format) && format.GetString() == "date-time" ? Time()
            : Quote(Text(name)),
            "integer" => $"{random.Next(-1, 40)}",
            "number" => random.Next(2) == 0 ? $"{random.Next(100)}" : "0.5",
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            _ => name is null or "tags" ? "{\"city\":\"Oslo\",\"note\":" + Quote(mark) + ",\"n\":{\"a\":" + Any() + "}}" : Any(),
        };
    }

    private string Object(JsonElement schema, int depth)
    {
        var members = new List<string>();
        string[] required = schema.TryGetProperty("required", out JsonElement names) ? [.. names.EnumerateArray().Select(n =>
            n.GetString()!)] : [];
        if (schema.TryGetProperty("properties", out JsonElement properties))
        {
            foreach (JsonProperty member in properties.EnumerateObject())
            {
                if (random.Next(required.Contains(member.Name) ? 30 : 3) is > 0 and not 2)
                    members.Add($"{Quote(member.Name)}:{Value(member.Value, member.Name, depth + 1)}");
            }
        }
        else if (schema.TryGetProperty("additionalProperties", out JsonElement more) && more.ValueKind == JsonValueKind.Object)
        {
            for (int i = random.Next(3); i > 0; i--)
                members.Add($"{Quote(Text("property"))}:{Value(more, null, depth + 1)}");
        }

        return "{" + string.Join(",", members) + "}";
    }

    private string Any()
    {
        string[] values = ["null", "true", "0", "-1", "1e400", "9223372036854775808", "\"\"", "[]", "{}", "\"\\ud800\"",
            "{\"\\udc00\":1}", "[[[[[[[[1]]]]]]]]", Quote(mark)];
        return values[random.Next(values.Length)];
    }

    private string Time()
    {
        string[] times = ["2026-11-23T12:00:00Z", "2026-11-22T12:00:05+01:00", "9999-12-31T23:59:59.9999999Z",
            "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", "now"];
        return Quote(times[random.Next(random.Next(3) == 0 ? times.Length : 2)]);
    }

    // Escaped by hand: a writer would refuse half of a character.
    private static string Quote(string text) => "\"" + string.Concat(text.Select(
        c => c is '"' or '\\' or < ' ' || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString())) + "\"";
}
