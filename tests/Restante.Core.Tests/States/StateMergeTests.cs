using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Restante.Core.States;

namespace Restante.Core.Tests.States;

/// <summary>Merge-patches against the words of RFC 7396, and what large ones cost.</summary>
public sealed class StateMergeTests
{
    private static readonly JsonSerializerOptions s_writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Merging_is_as_the_words_of_the_specification_say(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++)
        {
            JsonObject target = Object(random, 3, withNulls: false), patch = Object(random, 3, withNulls: true);
            byte[] merged = StateJson.Merge(Bytes(target), Bytes(patch));
            string told = $"{target.ToJsonString()} with {patch.ToJsonString()}";
            Assert.True(Encoding.UTF8.GetString(merged) == Patched(target, patch).ToJsonString(s_writing), told);
        }
    }

    [Fact]
    public void To_remove_most_members_of_a_large_state_goes_over_it_once()
    {
        // 32 KiB of members of 7 bytes, the first two thirds of which go. A tree of nodes took more, and moved all that follow each one.
        byte[] target = Encoding.UTF8.GetBytes("{" + string.Join(',', Names(4_681).Select(n => $"\"{n}\":0")) + "}");
        byte[] patch = Encoding.UTF8.GetBytes("{" + string.Join(',', Names(3_200).Select(n => $"\"{n}\":null")) + "}");
        StateJson.Merge(target, patch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] merged = StateJson.Merge(target, patch);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal("{" + string.Join(',', Names(4_681).Skip(3_200).Select(n => $"\"{n}\":0")) + "}", Encoding.UTF8.GetString(merged));
        Assert.InRange(allocated, 0, 800_000);
    }

    private static IEnumerable<string> Names(int count) =>
        Enumerable.Range(0, count).Select(static i => i.ToString("x3", CultureInfo.InvariantCulture));

    // [RFC 7396, 2]: MergePatch(Target, Patch).
    private static JsonNode Patched(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members)
            return patch!.DeepClone();
        JsonObject result = target is JsonObject ? (JsonObject)target.DeepClone() : [];
        foreach ((string name, JsonNode? value) in members)
        {
            if (value is null)
                result.Remove(name);
            else
                result[name] = Patched(result[name], value);
        }

        return result;
    }

    private static JsonObject Object(Random random, int depth, bool withNulls)
    {
        var made = new JsonObject();
        for (int i = random.Next(6); i > 0; i--)
        {
            string name = "abü\"<😀"[..random.Next(1, 6)] + random.Next(3);
            made[name] = Value(random, depth, withNulls);
        }

        return made;
    }

    private static JsonNode? Value(Random random, int depth, bool withNulls) => random.Next(depth > 0 ? 7 : 4) switch
    {
        0 => withNulls ? null : JsonValue.Create(1),
        1 => JsonNode.Parse("1e2000"),
        2 => JsonValue.Create("x\"ü😀<"),
        3 => new JsonArray(null, JsonValue.Create(true)),
        _ => Object(random, depth - 1, withNulls),
    };

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
