using Restante.Core.Feeds;
using Restante.Core.Paging;

namespace Restante.Core.Tests.Feeds;

/// <summary>How a feed is read for who is not shown all of it.</summary>
public sealed class ScopedPageTests
{
    private const int Records = 300;
    private const int Dropped = 20;

    [Theory]
    [InlineData(1, PageBounds.ContentStep)]
    [InlineData(3, PageBounds.ContentStep)]
    [InlineData(8, PageBounds.ContentStep)]
    [InlineData(1, PageBounds.UsualStep)]
    [InlineData(7, PageBounds.UsualStep)]
    [InlineData(200, PageBounds.UsualStep)]
    public async Task Pages_show_each_record_that_is_seen_once_and_read_no_more_than_a_step_or_what_is_wanted(int max, int step)
    {
        for (int each = 1; each <= Records; each *= 3)
        {
            var shown = new List<long>();
            long skipped = 0;
            for (ScopedPage<long> page = new([], 0, 0, true); page.IsUnfinished;)
            {
                page = await ScopedPage<long>.ReadAsync(
                    page.Next, max, step, static number => number, ReadAsync, number => ValueTask.FromResult(number % each == 0));
                Assert.True(page.Items.Count <= max);
                shown.AddRange(page.Items);
                skipped += page.Skipped;
            }

            Assert.Equal([.. AllAfter(Dropped).Where(number => number % each == 0)], shown);
            Assert.Equal(Dropped, skipped);
        }

        ValueTask<FeedBatch<long>> ReadAsync(long after, int count)
        {
            Assert.Equal(Math.Max(max, step), count);
            return ValueTask.FromResult(new FeedBatch<long>([.. AllAfter(after).Take(count)], Math.Max(0, Dropped - after)));
        }
    }

    [Fact]
    public async Task What_is_missing_between_the_items_is_counted_once_with_what_comes_after_it()
    {
        const int Step = 10;
        var pages = new List<(long? Shown, long Skipped, bool IsUnfinished)>();
        for (ScopedPage<long> page = new([], 0, 0, true); page.IsUnfinished;)
        {
            page = await ScopedPage<long>.ReadAsync(
                page.Next, 1, Step, static number => number, ReadAsync, static number => ValueTask.FromResult(number % 2 == 0));
            pages.Add((page.Items.Count > 0 ? page.Items[0] : null, page.Skipped, page.IsUnfinished));
        }

        Assert.Equal([(4, 1, true), (8, 2, true), (10, 0, true), (16, 5, true), (null, 3, false)], pages);

        // As the ends of inquiries are read: what is missing up to the last one read, or to the newest, 19, when none is.
        static ValueTask<FeedBatch<long>> ReadAsync(long after, int count)
        {
            long[] read = [.. ((long[])[1, 3, 4, 5, 8, 9, 10, 16]).Where(number => number > after).Take(count)];
            return ValueTask.FromResult(new FeedBatch<long>(read, (read.Length > 0 ? read[^1] : 19) - after - read.Length));
        }
    }

    [Fact]
    public void Others_have_their_turn_between_two_reads_of_the_store()
    {
        var turns = new Turns();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(turns);
        try
        {
            int reads = 0;
            Task<ScopedPage<long>> reading = ScopedPage<long>.ReadAsync(
                Dropped,
                1,
                PageBounds.UsualStep,
                static number => number,
                (after, count) =>
                {
                    reads++;
                    return ValueTask.FromResult(new FeedBatch<long>([.. AllAfter(after).Take(count)], 0));
                },
                static number => ValueTask.FromResult(number == Records)).AsTask();
            int turn = 1;
            for (; !reading.IsCompleted; turn++)
            {
                Assert.Equal(turn, reads);
                turns.TakeOne();
            }

            Assert.Equal(turn, reads);
            Assert.Equal((Records - Dropped + PageBounds.UsualStep - 1) / PageBounds.UsualStep, reads);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    // Retention has dropped those up to Dropped.
    private static IEnumerable<long> AllAfter(long after)
    {
        for (long number = Math.Max(after, Dropped) + 1; number <= Records; number++)
            yield return number;
    }

    // Keeps what is to go on later, until the test lets it.
    private sealed class Turns : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Run, object? State)> _waiting = new();

        public override void Post(SendOrPostCallback d, object? state) => _waiting.Enqueue((d, state));

        public void TakeOne()
        {
            (SendOrPostCallback run, object? state) = _waiting.Dequeue();
            run(state);
        }
    }
}
