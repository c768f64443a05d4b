using FsCheck;
using FsCheck.Fluent;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Types;

public sealed class SerialNumberTests
{
    [Theory]
    [Spec("AMQP-2.8.5-a")]
    [InlineData(0u, 1u, true)]
    [InlineData(1u, 0u, false)]
    [InlineData(uint.MaxValue, 0u, true)]
    [InlineData(0u, uint.MaxValue, false)]
    [InlineData(0x7fffffffu, 0x80000000u, true)]
    [InlineData(0x80000001u, 0u, true)]
    [InlineData(5u, 5u, false)]
    public void Order_wraps_around(uint low, uint high, bool isBefore)
    {
        Assert.Equal(isBefore, new SerialNumber(low) < new SerialNumber(high));
        Assert.Equal(isBefore, new DeliveryNumber(low) < new DeliveryNumber(high));
        Assert.Equal(isBefore, new SequenceNo(low) < new SequenceNo(high));
    }

    [Fact]
    public void What_is_added_comes_after_and_the_distance_is_what_was_added() =>
        Prop.ForAll<uint, uint>((start, step) =>
        {
            uint bounded = step & 0x7fffffff;
            var number = new SerialNumber(start);
            SerialNumber sum = number + bounded;
            return sum - number == (int)bounded && (bounded == 0 || sum > number) && sum >= number;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(3, 5));
}
