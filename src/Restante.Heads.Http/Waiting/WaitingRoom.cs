using Microsoft.AspNetCore.Http;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Sessions;

namespace Restante.Heads.Http.Waiting;

/// <summary>
/// Where requests wait for news: at most <see cref="HttpHeadOptions.MaxLongPolls"/> of services and
/// <see cref="HttpHeadOptions.MaxDevicePolls"/> of devices at once, so that neither side can take the other's places; and of those of
/// services each policy has no more than its share.
/// </summary>
internal sealed class WaitingRoom(Gateway gateway, HttpHeadOptions options, ReadingTurns turns, CancellationToken stopping)
{
    private static readonly Refusal s_draining = new(
        RefusalKind.Unavailable, "The gateway is about to stop, and no turn came to look before. Ask again.");

    private readonly PolicyShares _shares = new(PolicyShares.Of(options.MaxLongPolls, options.LongPollSharePercent));
    private int _services;
    private int _devices;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _services) + Volatile.Read(ref _devices);

    /// <summary>
    /// Takes a place for a request of a service; the caller disposes it. Refusals: throttled, unauthorized (the policy was removed
    /// meanwhile), unavailable.
    /// </summary>
    public async ValueTask<Result<Waiter>> EnterAsync(HttpContext context)
    {
        ServicePrincipal principal = Caller.Service(context);
        if (!_shares.TryTake(principal.Name))
        {
            return new Refusal(
                RefusalKind.Throttled,
                $"{_shares.Max} requests of the policy '{principal.Name}' wait already, which is its share. Try again, or do not wait.");
        }

        if (Interlocked.Increment(ref _services) > options.MaxLongPolls)
        {
            Leave();
            return Full(options.MaxLongPolls);
        }

        var waiter = new Waiter(gateway, principal, null, Leave, context.RequestAborted, stopping)
        {
            Turn = new ReadingTurn(turns, context),
        };
        if (await gateway.Devices.RecheckAsync(principal) is not Refusal refusal)
            return waiter;
        waiter.Dispose();
        return refusal;

        void Leave()
        {
            Interlocked.Decrement(ref _services);
            _shares.Return(principal.Name);
        }
    }

    /// <summary>Takes a place for a request of a device within its session; the caller disposes it. Refusals: throttled.</summary>
    public Result<Waiter> Enter(HttpContext context, DeviceSession session)
    {
        if (!session.TryWait())
            return new Refusal(
                RefusalKind.Throttled, $"{options.MaxPollsPerDevice} requests of the device wait already, which is the limit.");
        if (Interlocked.Increment(ref _devices) > options.MaxDevicePolls)
        {
            Interlocked.Decrement(ref _devices);
            session.EndWait();
            return Full(options.MaxDevicePolls);
        }

        return new Waiter(gateway, Caller.Of(context), session, Leave, context.RequestAborted, stopping);

        void Leave()
        {
            Interlocked.Decrement(ref _devices);
            session.EndWait();
        }
    }

    /// <summary>
    /// Looks until there is news, the patience is over, or the wait is to end; returns what was seen last. A service looks in its turn, as
    /// it reads anything; it keeps that of the last look until the answer is over, and has none while it waits. Refusals: those of looking,
    /// and throttled (no turn came).
    /// </summary>
    public async ValueTask<Result<T>> UntilNewsAsync<T>(
        Waiter waiter, NewsBell bell, TimeSpan patience, Func<ValueTask<Result<T>>> look, Func<T, bool> isNews)
    {
        long began = gateway.Time.GetTimestamp();
        while (true)
        {
            if (waiter.Lost is Refusal lost)
                return lost;
            Task ring = bell.Next();
            if (await TakeTurnAsync(waiter) is Refusal refusal)
                return refusal;
            Result<T> seen = await look();
            TimeSpan rest = patience - gateway.Time.GetElapsedTime(began);
            if (!seen.IsSuccess || isNews(seen.Value) || rest <= TimeSpan.Zero || waiter.Ended.IsCancellationRequested)
                return seen;
            waiter.Turn?.Dispose();
            try
            {
                await ring.WaitAsync(rest, gateway.Time, waiter.Ended);
            }
            catch (TimeoutException)
            {
                // One last look above.
            }
            catch (OperationCanceledException)
            {
                // The same.
            }
        }
    }

    /// <summary>
    /// Writes news to an event stream until the wait is to end. A service that is not shown all looks in its turn at first, and whenever
    /// much was passed over before; however long that turn takes to come, the stream goes on, and beats.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="waiter">Its place.</param>
    /// <param name="bell">Rings when there may be news.</param>
    /// <param name="writeNews">Writes what there is.</param>
    public async Task StreamAsync(
        HttpContext context, Waiter waiter, NewsBell bell, Func<EventStream, CancellationToken, ValueTask<Result<NewsLook>>> writeNews)
    {
        var stream = new EventStream(context.Response, TimeSpan.FromSeconds(2 * options.HeartbeatSeconds), gateway.Time);
        Refusal? refusal = await WriteUntilEndAsync(stream, waiter, bell, writeNews);
        string reason = refusal is null || waiter.Ended.IsCancellationRequested ? stream.EndReason ?? waiter.Reason
            : refusal.Kind == RefusalKind.Conflict ? "taken-over"
            : RefusalMap.NameOf(refusal.Kind);
        if (refusal is not null)
            gateway.Metrics.Refused(refusal.Kind);
        if (waiter.Aborted.IsCancellationRequested || stream.IsCut)
            return;

        // A reader that has stopped reading must not hold up the end.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1), gateway.Time);
        try
        {
            await stream.EndAsync(reason, patience.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private static async ValueTask<Refusal?> TakeTurnAsync(Waiter waiter)
    {
        try
        {
            return waiter.Turn is ReadingTurn turn ? await turn.TakeAsync(waiter.Ended) : null;
        }
        catch (OperationCanceledException) when (!waiter.Aborted.IsCancellationRequested)
        {
            return waiter.Lost ?? s_draining;
        }
    }

    // For an event stream, which stands in line until there is a turn. Null when it has it, else what its caller has lost meanwhile.
    private async ValueTask<Refusal?> TakeTurnAsync(EventStream stream, Waiter waiter)
    {
        TimeSpan heartbeat = TimeSpan.FromSeconds(options.HeartbeatSeconds);
        while (true)
        {
            TimeSpan patience = heartbeat - stream.Silence;
            if (patience <= TimeSpan.Zero)
            {
                await stream.HeartbeatAsync(waiter.Ended);
                continue;
            }

            Result<bool> took = waiter.Turn is ReadingTurn turn ? await turn.TakeAsync(patience, waiter.Ended) : true;
            if (!took.IsSuccess)
                return took.Refusal;
            if (took.Value)
                return null;
        }
    }

    private static Refusal Full(int places) =>
        new(RefusalKind.Throttled, $"{places} requests wait already, which is the limit. Try again, or do not wait.");

    // What the news were refused with; null when the wait ended.
    private async Task<Refusal?> WriteUntilEndAsync(
        EventStream stream, Waiter waiter, NewsBell bell, Func<EventStream, CancellationToken, ValueTask<Result<NewsLook>>> writeNews)
    {
        TimeSpan heartbeat = TimeSpan.FromSeconds(options.HeartbeatSeconds);
        bool inTurn = waiter.PassesOver;
        try
        {
            await stream.BeginAsync(waiter.Ended);
            while (!waiter.Ended.IsCancellationRequested)
            {
                Task ring = bell.Next();
                if (inTurn && await TakeTurnAsync(stream, waiter) is Refusal lost)
                    return lost;
                Result<NewsLook> look = await writeNews(stream, waiter.Ended);
                waiter.Turn?.Dispose();
                if (!look.IsSuccess)
                    return look.Refusal;
                if (stream.EndReason is not null)
                    return null;
                inTurn = look.Value == NewsLook.PassedOver;
                if (look.Value != NewsLook.Nothing)
                {
                    if (stream.Silence >= heartbeat)
                        await stream.HeartbeatAsync(waiter.Ended);
                    continue;
                }

                try
                {
                    await ring.WaitAsync(heartbeat, gateway.Time, waiter.Ended);
                }
                catch (TimeoutException)
                {
                    await stream.HeartbeatAsync(waiter.Ended);
                }
            }
        }
        catch (OperationCanceledException) when (waiter.Ended.IsCancellationRequested || stream.IsCut)
        {
            // The end of the wait, in the midst of it.
        }

        return null;
    }
}
