using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Restante.Core.Devices;
using Restante.Core.States;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Core.Tests.Fuzzing;

/// <summary>State documents and tags: JSON made by chance and then broken. What passes the check can be merged, kept and read.</summary>
public sealed class JsonFuzzTests
{
    private const int MaxBytes = 32 * 1024;
    private const int MaxDepth = 10;

    private static readonly string[] s_words =
        ["null", "{}", "[]", "{\"a\":", "}", "]", "\"", "\\ud800", "\\u0000", "\\", "1e999", "-", ",", "\"a\":1,", "\"\":0", "//", "/**/",
            "\uFEFF", "\ud800", "é"];

    [Fact]
    public void A_state_is_refused_or_merges_as_the_specification_says() => FuzzRounds.Run(
        FuzzRounds.Of(2_500),
        random => (Target: Json(random), Patch: Json(random)),
        input =>
        {
            byte[] target = Bytes(input.Target), patch = Bytes(input.Patch);
            bool isWhole = StateJson.Check(target, "reported", MaxBytes, MaxDepth) is null;
            if (StateJson.Check(patch, "desired", MaxBytes, MaxDepth) is not null || !isWhole)
                return;
            byte[] merged = StateJson.Merge(target, patch);
            Assert.Null(StateJson.Check(merged, "merged", MaxBytes * 6, MaxDepth));
            string wanted = Merged(JsonNode.Parse(target), JsonNode.Parse(patch))!.ToJsonString();
            Assert.Equal(JsonNode.Parse(wanted)!.ToJsonString(), JsonNode.Parse(merged)!.ToJsonString());

            // The same patch once more changes nothing.
            Assert.Equal(merged, StateJson.Merge(merged, patch));
        });

    [Fact]
    public void Tags_are_refused_or_can_be_looked_at() => FuzzRounds.Run(FuzzRounds.Of(2_500), Json, text =>
    {
        if (DeviceTags.Fault(text, MaxBytes) is not null)
            return;
        Look(DeviceFacts.Of(text, []).Tags);
    });

    [Fact]
    public void Bytes_that_are_no_text_are_refused() => FuzzRounds.Run(
        FuzzRounds.Of(2_500),
        random => Damage.Bytes(random, [Encoding.UTF8.GetBytes(Json(random))]),
        bytes =>
        {
            if (StateJson.Check(bytes, "desired", MaxBytes, MaxDepth) is null)
                StateJson.Merge("{}"u8.ToArray(), bytes);
        });

    private static void Look(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in element.EnumerateObject())
                Look(element.GetProperty(member.Name));
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                Look(item);
        }
        else if (element.ValueKind == JsonValueKind.String)
        {
            Assert.NotNull(element.GetString());
        }
        else if (element.ValueKind == JsonValueKind.Number)
        {
            element.GetDouble();
        }
    }

    // RFC 7396, section 2, as it stands there.
    private static JsonNode? Merged(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        JsonObject result = target as JsonObject ?? [];
        foreach ((string name, JsonNode? value) in changes)
        {
            if (value is null)
                result.Remove(name);
            else
                result[name] = Merged(result[name]?.DeepClone(), value);
        }

        return result;
    }

    private static string Json(Random random)
    {
        string text = Value(random, random.Next(5), isRoot: true);
        return random.Next(3) switch
        {
            0 => text,
            1 => Damage.Text(random, text, s_words),
            _ when random.Next(40) == 0 => string.Concat(Enumerable.Repeat("{\"a\":", random.Next(2_000))) + text,
            _ => text.Insert(random.Next(text.Length + 1), s_words[random.Next(s_words.Length)]),
        };
    }

    private static string Value(Random random, int depth, bool isRoot = false)
    {
        if (isRoot || (depth > 0 && random.Next(2) == 0))
        {
            string[] names = ["a", "b", "c", "\\u0061", "é", ""];
            return "{" + string.Join(", ", Enumerable.Range(0, random.Next(4)).Select(
                _ => $"\"{names[random.Next(names.Length)]}\": {Value(random, depth - 1)}")) + "}";
        }

        if (depth > 0 && random.Next(4) == 0)
            return "[" + string.Join(",", Enumerable.Range(0, random.Next(3)).Select(_ => Value(random, depth - 1))) + "]";
        string[] leaves = ["null", "true", "0", "-1.50", "1e400", "123456789012345678901234567890", "\"x\"", "\"\\ud83d\\ude9a\"",
            "\"\\ud83d\"", "\"</é>\""];
        return leaves[random.Next(leaves.Length)];
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
