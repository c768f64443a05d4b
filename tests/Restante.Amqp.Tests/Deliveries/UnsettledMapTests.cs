using Restante.Amqp.Deliveries;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Deliveries;

public sealed class UnsettledMapTests
{
    private readonly AmqpLink[] _links = [ScriptedPeer.Sending().Link, ScriptedPeer.Sending().Link, ScriptedPeer.Sending().Link];

    [Fact]
    public void A_gap_that_was_walked_is_leapt_over()
    {
        const int last = 10_000;
        var map = default(UnsettledMap);
        for (uint i = 0; i <= last; i++)
            map.Append(new UnsettledDelivery { Link = _links[0], Number = new DeliveryNumber(i) });
        for (uint i = last - 1; i > 0; i--)
            map.RemoveAt(map.Find(new DeliveryNumber(i)));
        Assert.Equal(2, map.Count);

        Assert.Equal(-1, map.FirstWithin(new DeliveryNumber(1), new DeliveryNumber(last - 1)));

        for (int i = 1; i < last; i++)
            Assert.Equal(last - i, map.At(i).ContextNumber);
        Assert.Equal(last, map.FirstWithin(new DeliveryNumber(last / 2), new DeliveryNumber(last)));
        map.Release();
    }

    [Fact]
    public void Forgetting_a_link_leaves_no_gaps()
    {
        var map = default(UnsettledMap);
        for (uint i = 0; i < 900; i++)
            map.Append(new UnsettledDelivery { Link = _links[i % 3], Number = new DeliveryNumber(i) });
        for (uint i = 300; i < 600; i++)
            map.RemoveAt(map.Find(new DeliveryNumber(i)));

        map.RemoveLink(_links[1]);

        Assert.Equal(400, map.Count);
        for (int i = 0; i < 400; i++)
            Assert.NotNull(map.At(i).Link);
        map.RemoveLink(_links[0]);
        map.RemoveLink(_links[1]);
        map.RemoveLink(_links[2]);
        Assert.Equal(0, map.Count);
        Assert.Equal(-1, map.FirstWithin(default, new DeliveryNumber(900)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void It_does_what_a_sorted_dictionary_does(int seed)
    {
        var random = new Random(seed);
        var map = default(UnsettledMap);
        var model = new SortedDictionary<uint, AmqpLink>();
        uint next = 0;
        for (int step = 0; step < 8_000; step++)
        {
            int growth = step / 1_000 % 2 == 0 ? 6 : 2;
            uint number = (uint)random.NextInt64(next + 1);
            int kind = random.Next(12);
            if (kind < growth)
            {
                next += (uint)random.Next(1, 4);
                AmqpLink link = _links[random.Next(3)];
                map.Append(new UnsettledDelivery { Link = link, Number = new DeliveryNumber(next), ContextNumber = next });
                model.Add(next, link);
            }
            else if (kind < 8)
            {
                int index = map.FirstWithin(new DeliveryNumber(number), new DeliveryNumber(next));
                Assert.Equal(First(model, number, next), index < 0 ? null : map.At(index).Number.Value);
                for (int i = random.Next(30); i > 0 && index >= 0; i--)
                {
                    Assert.True(model.Remove(map.At(index).Number.Value));
                    map.RemoveAt(index);
                    index = map.FirstWithin(new DeliveryNumber(number), new DeliveryNumber(next));
                }
            }
            else if (kind < 11)
            {
                uint last = number + (uint)random.Next(20);
                int index = map.FirstWithin(new DeliveryNumber(number), new DeliveryNumber(last));
                uint? expected = First(model, number, last);
                Assert.Equal(expected, index < 0 ? null : map.At(index).Number.Value);
                if (expected is { } found)
                    Assert.Equal((found, model[found]), ((uint)map.At(index).ContextNumber, map.At(index).Link));
                Assert.Equal(model.ContainsKey(number), map.Find(new DeliveryNumber(number)) >= 0);
            }
            else if (random.Next(50) == 0)
            {
                AmqpLink link = _links[random.Next(3)];
                map.RemoveLink(link);
                foreach (uint gone in model.Where(entry => entry.Value == link).Select(entry => entry.Key).ToList())
                    model.Remove(gone);
            }

            Assert.Equal(model.Count, map.Count);
        }

        map.Release();
    }

    private static uint? First(SortedDictionary<uint, AmqpLink> model, uint first, uint last)
    {
        foreach (uint number in model.Keys)
        {
            if (number >= first)
                return number <= last ? number : null;
        }

        return null;
    }
}
