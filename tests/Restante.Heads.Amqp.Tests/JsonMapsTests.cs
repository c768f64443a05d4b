using Restante.Amqp.Types;
using Restante.Heads.Amqp.Requests;

namespace Restante.Heads.Amqp.Tests;

public sealed class JsonMapsTests
{
    [Theory]
    [InlineData("", "a.b[2].c")]
    [InlineData("tags", "tags.a.b[2].c")]
    public void A_number_that_JSON_cannot_write_is_named_by_its_place(string place, string found)
    {
        var inner = new AmqpMap { { "c", double.NaN } };
        var list = new List<object?> { 1, null, inner };
        var map = new AmqpMap { { "first", 1.5 }, { "a", new AmqpMap { { "b", list } } } };
        Assert.Equal(found, JsonMaps.FindNoNumber(map, place));
        inner["c"] = 1.0;
        Assert.Null(JsonMaps.FindNoNumber(map, place));
    }

    [Fact]
    public void To_look_for_it_takes_no_memory_by_the_length_of_the_keys()
    {
        var values = new AmqpMap();
        for (int i = 0; i < 8_000; i++)
            values.Add(i, null);
        var map = new AmqpMap { { new string('k', 200_000), new List<object?> { values, Enumerable.Repeat<object?>(null, 8_000).ToList() } } };
        Assert.Null(JsonMaps.FindNoNumber(map, ""));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(JsonMaps.FindNoNumber(map, ""));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }
}
