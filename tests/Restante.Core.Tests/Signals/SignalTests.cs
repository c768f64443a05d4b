using Restante.Core.Signals;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Signals;

public class SignalTests
{
    private readonly Signal _signal = new();

    [Fact]
    public void A_pulse_wakes_everyone_that_is_registered()
    {
        var first = new TestReceiver();
        var second = new TestReceiver();
        _signal.Add(first);
        _signal.Pulse();
        _signal.Add(second);
        _signal.Pulse();
        _signal.Remove(first);
        _signal.Pulse();
        Assert.Equal(2, first.Wakes);
        Assert.Equal(2, second.Wakes);
    }

    [Fact]
    public void One_that_was_added_twice_is_woken_until_it_was_removed_twice()
    {
        var waiter = new TestReceiver();
        _signal.Add(waiter);
        _signal.Add(waiter);
        _signal.Remove(waiter);
        _signal.Pulse();
        Assert.Equal(1, waiter.Wakes);
        _signal.Remove(waiter);
        _signal.Remove(waiter);
        _signal.Pulse();
        Assert.Equal(1, waiter.Wakes);
    }

    [Fact]
    public void A_task_that_was_asked_for_before_the_pulse_ends_with_it()
    {
        Task before = _signal.NextPulse();
        Assert.Same(before, _signal.NextPulse());
        Assert.False(before.IsCompleted);
        _signal.Pulse();
        Assert.True(before.IsCompleted);
        Assert.False(_signal.NextPulse().IsCompleted);
    }

    [Fact]
    public void A_waiter_may_leave_from_within_its_wake()
    {
        var waiter = new TestReceiver();
        waiter.OnWake = () => _signal.Remove(waiter);
        _signal.Add(waiter);
        _signal.Pulse();
        _signal.Pulse();
        Assert.Equal(1, waiter.Wakes);
    }

    [Fact]
    public async Task No_wake_is_lost_between_looking_and_waiting()
    {
        int news = 0;
        var adder = Task.Run(() =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Interlocked.Increment(ref news);
                _signal.Pulse();
            }
        });
        while (true)
        {
            Task pulse = _signal.NextPulse();
            if (Volatile.Read(ref news) == 20_000)
                break;
            await pulse.WaitAsync(TimeSpan.FromSeconds(30));
        }

        await adder;
    }
}
