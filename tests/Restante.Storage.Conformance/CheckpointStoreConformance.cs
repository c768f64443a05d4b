using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="ICheckpointStore"/>.</summary>
public abstract class CheckpointStoreConformance : StoreConformance
{
    private ICheckpointStore Checkpoints => Store.Checkpoints;

    [Fact]
    public async Task A_group_has_a_checkpoint_for_each_partition_and_the_latest_stands()
    {
        Assert.Empty(await Checkpoints.ListGroupsAsync());
        Assert.Empty(await Checkpoints.ReadAsync("a"));
        await Checkpoints.WriteAsync(new Checkpoint[] { new("b", 3, 7), new("a", 10, 5), new("a", 2, long.MaxValue) });
        await Checkpoints.WriteAsync(new Checkpoint[] { new("a", 10, 6), new("a", 2, 1) });
        await CheckAsync();
        if (CanRestart)
        {
            await RestartAsync();
            await CheckAsync();
        }

        async Task CheckAsync()
        {
            Assert.Equal(["a", "b"], await Checkpoints.ListGroupsAsync());
            Assert.Equal([new("a", 2, 1), new("a", 10, 6)], await Checkpoints.ReadAsync("a"));
            Assert.Equal([new("b", 3, 7)], await Checkpoints.ReadAsync("b"));
        }
    }

    [Fact]
    public async Task Names_are_told_apart_by_case_and_by_nothing_else()
    {
        await Checkpoints.WriteAsync(new Checkpoint[] { new("$default", 0, 1), new("A", 0, 2), new("a", 0, 3) });
        Assert.Equal(["$default", "A", "a"], await Checkpoints.ListGroupsAsync());
        Assert.Equal([new("A", 0, 2)], await Checkpoints.ReadAsync("A"));
    }

    [Fact]
    public async Task A_removed_group_is_gone_and_may_begin_anew()
    {
        await Checkpoints.WriteAsync(new Checkpoint[] { new("a", 0, 5), new("a", 1, 5), new("b", 0, 5) });
        Assert.True(await Checkpoints.RemoveAsync("a"));
        Assert.False(await Checkpoints.RemoveAsync("a"));
        Assert.Equal(["b"], await Checkpoints.ListGroupsAsync());
        await Checkpoints.WriteAsync(new Checkpoint[] { new("a", 1, 9) });
        Assert.Equal([new("a", 1, 9)], await Checkpoints.ReadAsync("a"));
    }

    [Fact]
    public async Task A_group_counts_for_the_policy_that_began_it_until_it_is_removed()
    {
        await Checkpoints.BeginAsync(new Checkpoint[] { new("a", 0, 5), new("b", 0, 6), new("a", 1, 5) }, "one");
        await Checkpoints.BeginAsync(new Checkpoint[] { new("a", 2, 7) }, "two");
        await Checkpoints.WriteAsync(new Checkpoint[] { new("a", 0, 8), new("c", 0, 1) });
        Assert.Equal([new("a", 0, 8), new("a", 1, 5), new("a", 2, 7)], await Checkpoints.ReadAsync("a"));
        if (CanRestart)
            await RestartAsync();
        Assert.Equal((2, 0), (await Checkpoints.CountBegunAsync("one"), await Checkpoints.CountBegunAsync("two")));
        await Checkpoints.RemoveAsync("a");
        Assert.Equal((1, 0), (await Checkpoints.CountBegunAsync("one"), await Checkpoints.CountBegunAsync("two")));
        await Checkpoints.BeginAsync(new Checkpoint[] { new("a", 2, 7) }, "two");
        Assert.Equal((1, 1), (await Checkpoints.CountBegunAsync("one"), await Checkpoints.CountBegunAsync("two")));
    }

    [Fact]
    public async Task What_is_written_is_copied_and_may_be_nothing()
    {
        await Checkpoints.WriteAsync(ReadOnlyMemory<Checkpoint>.Empty);
        Checkpoint[] items = [new("a", 0, 5)];
        ValueTask write = Checkpoints.WriteAsync(items);
        items[0] = new("b", 1, 6);
        await write;
        Assert.Equal(["a"], await Checkpoints.ListGroupsAsync());
    }
}
