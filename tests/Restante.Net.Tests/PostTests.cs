using System.Threading.Tasks.Sources;

namespace Restante.Net.Tests;

public sealed class PostTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Posts_from_many_threads_run_once_in_order_and_never_beside_Receive(bool tls)
    {
        const int Posters = 8;
        const int PerPoster = 20_000;
        await using TestNet net = new(tls, configure: static options => options with { Limits = new ConnectionLimits { MaxPosts = 1_000_000 } });
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        int[] next = new int[Posters];
        bool outOfOrder = false;
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int left = Posters * PerPoster;
        Thread[] threads = [.. Enumerable.Range(0, Posters).Select(poster => new Thread(() =>
        {
            for (int number = 0; number < PerPoster; number++)
            {
                Assert.True(session.Connection.Post((poster, number), (_, post) =>
                {
                    session.Enter();
                    outOfOrder |= next[post.poster]++ != post.number;
                    if (--left == 0)
                        done.SetResult();
                    session.Leave();
                }));
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        byte[] sent = TestNet.Pattern(64 * 1024);
        while (!done.Task.IsCompleted)
        {
            await stream.WriteAsync(sent);
            Assert.Equal(sent, await TestNet.ReadAsync(stream, sent.Length));
        }
        foreach (Thread thread in threads)
            thread.Join();
        await done.Task.WaitAsync(Wait.Limit);
        Assert.False(outOfOrder);
        Assert.All(next, static count => Assert.Equal(PerPoster, count));
    }

    [Fact]
    public async Task What_Post_accepted_runs_before_Closed_and_nothing_is_accepted_afterwards()
    {
        for (int round = 0; round < 100; round++)
        {
            await using TestNet net = new();
            using System.Net.Sockets.Socket socket = await net.RawAsync();
            ProbeSession session = await net.SessionAsync();
            int ran = 0;
            int accepted = 0;
            Thread poster = new(() =>
            {
                while (session.Connection.Post(0, (_, _) =>
                {
                    session.Enter();
                    ran++;
                    session.Leave();
                }))
                {
                    accepted++;
                }
            });
            poster.Start();
            session.Connection.Abort("enough");
            ConnectionEnd end = await session.End;
            poster.Join();
            Assert.Contains(end.Reason, new[] { ConnectionEndReason.Aborted, ConnectionEndReason.PostLimit });
            Assert.Equal(accepted, ran);
        }
    }

    [Fact]
    public async Task An_inbox_that_is_full_ends_the_connection()
    {
        await using TestNet net = new(configure: static options => options with { Limits = new ConnectionLimits { MaxPosts = 16 } });
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        using ManualResetEventSlim release = new();
        TaskCompletionSource inside = new(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Connection.Post(0, (_, _) =>
        {
            inside.SetResult();
            release.Wait(Wait.Limit);
        });
        await inside.Task.WaitAsync(Wait.Limit);
        int accepted = 0;
        int ran = 0;
        for (int number = 0; number < 20; number++)
            accepted += session.Connection.Post(0, (_, _) => ran++) ? 1 : 0;
        release.Set();
        Assert.Equal(ConnectionEndReason.PostLimit, (await session.End).Reason);
        Assert.Equal(16, accepted);
        Assert.Equal(16, ran);
    }

    [Fact]
    public async Task A_completed_operation_goes_on_at_once_and_a_pending_one_in_a_later_turn()
    {
        await using TestNet net = new();
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        TaskCompletionSource<int> pending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        List<string> order = [];
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Connection.Post(0, (_, _) =>
        {
            session.Connection.Await(new ValueTask<int>(7), "now", (_, result, exception, state) => order.Add($"{state} {result} {exception is null}"));
            order.Add("after now");
            session.Connection.Await(new ValueTask<int>(pending.Task), "later", (_, result, exception, state) =>
            {
                order.Add($"{state} {result} {exception is null}");
                Assert.NotNull(session.Connection.Output);
                done.SetResult();
            });
            order.Add("after later");
            _ = Task.Run(() => pending.SetResult(8));
        });
        await done.Task.WaitAsync(Wait.Limit);
        Assert.Equal(["now 7 True", "after now", "after later", "later 8 True"], order);
    }

    [Fact]
    public async Task A_failed_operation_hands_its_exception_over()
    {
        await using TestNet net = new();
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        TaskCompletionSource<Exception?> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Connection.Post(0, (_, _) => session.Connection.Await(
            ValueTask.FromException(new TimeoutException("store")), 0, (_, first, _) => session.Connection.Await(
                new ValueTask<int>(Task.Run(static int () => throw new TimeoutException("later"))), first, (_, _, second, kept) => seen.SetResult(new AggregateException(kept!, second!)))));
        AggregateException both = Assert.IsType<AggregateException>(await seen.Task.WaitAsync(Wait.Limit));
        Assert.Equal(["store", "later"], both.InnerExceptions.Select(static exception => exception.Message));
    }

    [Fact]
    public async Task A_long_chain_of_completed_operations_does_not_exhaust_the_stack()
    {
        await using TestNet net = new();
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int depth = 0;
        int deepest = 0;
        int left = 100_000;
        void Next()
        {
            deepest = Math.Max(deepest, ++depth);
            if (--left == 0)
                done.SetResult();
            else
                session.Connection.Await(default(ValueTask), 0, (_, _, _) => Next());
            depth--;
        }
        session.Connection.Post(0, (_, _) => Next());
        await done.Task.WaitAsync(Wait.Limit);
        Assert.InRange(deepest, 2, 20);
    }

    [Fact]
    public async Task An_operation_that_completes_after_the_end_is_taken_and_its_continuation_is_not_called()
    {
        await using TestNet net = new();
        await using Stream stream = await net.StreamAsync();
        ProbeSession session = await net.SessionAsync();
        ManualSource source = new();
        bool called = false;
        TaskCompletionSource posted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Connection.Post(0, (_, _) =>
        {
            session.Connection.Await(new ValueTask<int>(source, 0), 0, (_, _, _, _) => called = true);
            posted.SetResult();
        });
        await posted.Task.WaitAsync(Wait.Limit);
        session.Connection.Abort("gone");
        await session.End;
        await Wait.Until(() => session.Connection.IsEnded, "the connection ended");
        source.Complete(5);
        Assert.True(source.Taken);
        Assert.False(called);
    }

    private sealed class ManualSource : IValueTaskSource<int>
    {
        private ManualResetValueTaskSourceCore<int> _core;

        public bool Taken { get; private set; }

        public void Complete(int result) => _core.SetResult(result);

        public int GetResult(short token)
        {
            Taken = true;
            return _core.GetResult(token);
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _core.OnCompleted(continuation, state, token, flags);
    }
}
