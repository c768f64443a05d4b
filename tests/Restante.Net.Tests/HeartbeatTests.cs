using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Restante.Net.Timing;

namespace Restante.Net.Tests;

public sealed class HeartbeatTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(250)]
    [InlineData(251)]
    [InlineData(63_750)]
    [InlineData(64_000)]
    [InlineData(64_001)]
    [InlineData(16_384_000)]
    [InlineData(16_384_001)]
    [InlineData(100_000_000)]
    public void A_deadline_is_met_never_early_and_at_most_a_step_late(long deadlineMs)
    {
        foreach (long startMs in new long[] { 0, 1, 63_900, 64_000, 16_383_999 })
        {
            ManualTime time = new();
            using Heartbeat heartbeat = new(time);
            time.Advance(startMs);
            Timed timed = new();
            heartbeat.Arm(timed, startMs + deadlineMs);
            time.Advance(deadlineMs + (2 * Heartbeat.StepMs));
            Assert.Equal(1, timed.Count);
            Assert.InRange(timed.PassedMs - startMs - deadlineMs, 0, Heartbeat.StepMs + (deadlineMs == 0 ? 1 : 0));
            Assert.Equal(0, heartbeat.Armed);
        }
    }

    [Fact]
    public void Any_history_of_arming_moving_and_disarming_is_met_as_a_simple_model_says()
    {
        Gen<(int Which, int DelayMs, int AdvanceMs)[]> histories =
            (from which in Gen.Choose(0, 9)
             from scale in Gen.Elements(1_000, 70_000, 20_000_000)
             from delay in Gen.Choose(-1, scale)
             from advance in Gen.Choose(0, scale / 2)
             select (which, delay, advance)).ArrayOf();
        Prop.ForAll(histories.ToArbitrary(), static history =>
        {
            ManualTime time = new();
            using Heartbeat heartbeat = new(time);
            Timed[] all = [.. Enumerable.Range(0, 10).Select(static _ => new Timed())];
            foreach ((int which, int delayMs, int advanceMs) in history)
            {
                Timed timed = all[which];
                timed.WantedMs = delayMs < 0 ? long.MaxValue : heartbeat.NowMs + delayMs;
                heartbeat.Arm(timed, timed.WantedMs);
                time.Advance(advanceMs);
                long stepMs = heartbeat.NowMs / Heartbeat.StepMs * Heartbeat.StepMs;
                foreach (Timed each in all)
                {
                    // Due at a step that has been: it must have been met. Armed in the future: not yet.
                    if (each.WantedMs <= stepMs - Heartbeat.StepMs)
                        return false;
                    if (each.Early)
                        return false;
                }
            }
            return heartbeat.Armed == all.Count(static timed => timed.WantedMs != long.MaxValue);
        }).Check(Config.QuickThrowOnFailure.WithReplay(20_261_122, 7).WithMaxTest(200));
    }

    [Fact]
    public void Whoever_is_met_may_arm_itself_again_or_disarm_others()
    {
        ManualTime time = new();
        using Heartbeat heartbeat = new(time);
        Timed[] all = [.. Enumerable.Range(0, 3).Select(static _ => new Timed())];
        foreach (Timed timed in all)
        {
            timed.OnPassed = nowMs =>
            {
                foreach (Timed other in all.Where(other => other != timed))
                    heartbeat.Arm(other, long.MaxValue);
                heartbeat.Arm(timed, nowMs + 1000);
            };
            heartbeat.Arm(timed, 500);
        }
        time.Advance(10_000);
        Assert.Equal(1, all.Count(static timed => timed.Count > 0));
        Assert.Equal(10, all.Sum(static timed => timed.Count));
    }

    [Fact]
    public void A_hundred_thousand_deadlines_cost_little_to_arm_and_nothing_while_they_wait()
    {
        ManualTime time = new();
        using Heartbeat heartbeat = new(time);
        Timed[] all = [.. Enumerable.Range(0, 100_000).Select(static _ => new Timed())];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < all.Length; index++)
            heartbeat.Arm(all[index], 3_600_000 + index);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        // An hour is 14,400 steps: scanning everybody at each of them would be 1.4 billion looks.
        long start = Stopwatch.GetTimestamp();
        time.Advance(3_590_000);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), "steps scan what is not due");
        Assert.Equal(0, all.Sum(static timed => timed.Count));
        time.Advance(200_000);
        Assert.All(all, static timed => Assert.Equal(1, timed.Count));
    }

    private sealed class Timed : ITimed
    {
        private HeartbeatLink _link;

        public Action<long>? OnPassed { get; set; }

        public long WantedMs { get; set; } = long.MaxValue;

        public int Count { get; private set; }

        public long PassedMs { get; private set; }

        public bool Early { get; private set; }

        ref HeartbeatLink ITimed.Link => ref _link;

        void ITimed.DeadlinePassed(long nowMs)
        {
            Count++;
            PassedMs = nowMs;
            Early |= WantedMs != long.MaxValue && nowMs < WantedMs;
            WantedMs = long.MaxValue;
            OnPassed?.Invoke(nowMs);
        }
    }
}
