using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Restante.Net;
using Restante.Server.Observing;

namespace Restante.Server.Hosting;

/// <summary>
/// Stands before everything that handles Kestrel's connections, and says when one is over. Kestrel waits for the end of every request of
/// HTTP/2, and after floods of streams that are opened and reset it may wait for some that have ended long ago (dotnet/aspnetcore, issue
/// 51307): the connection, its memory and its place among <see cref="Configuration.NetworkOptions.MaxConnections"/> would be lost for good.
/// Here a place is free when the socket has ended, and a connection that is handled long after that is given up.
/// </summary>
/// <param name="max">How many connections there may be on Kestrel's own port. Listeners of shared ports have counted theirs.</param>
/// <param name="network">Counts those that find no place.</param>
/// <param name="metrics">Counts those that are given up.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Where it is said.</param>
internal sealed class HttpsConnections(int max, NetMetrics network, HostMetrics metrics, TimeProvider time, ILogger log)
{
    // Requests whose client has gone are told at once; what some do to their end is short.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly LogThrottle _throttle = new(time, TimeSpan.FromMinutes(1));
    private int _taken;

    /// <summary>What a connection to Kestrel's own port comes by.</summary>
    public ConnectionDelegate OnOwnPort(ConnectionDelegate next) => connection => EnterAsync(connection, next);

    /// <summary>What a connection to a shared port comes by.</summary>
    public ConnectionDelegate OnSharedPort(ConnectionDelegate next) => async connection =>
    {
        Task handling = next(connection);
        await EndsOrIsGoneAsync(handling, connection.ConnectionClosed);
        await FinishAsync(handling, connection.ConnectionId);
    };

    private async Task EnterAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Task handling;
        try
        {
            if (Interlocked.Increment(ref _taken) > max)
            {
                network.ConnectionRefused(RefusalReason.ConnectionLimit);
                connection.Abort();
                return;
            }

            handling = next(connection);
            await EndsOrIsGoneAsync(handling, connection.ConnectionClosed);
        }
        finally
        {
            Interlocked.Decrement(ref _taken);
        }

        await FinishAsync(handling, connection.ConnectionId);
    }

    private static async Task EndsOrIsGoneAsync(Task handling, CancellationToken closed)
    {
        if (handling.IsCompleted)
            return;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (closed.UnsafeRegister(static gone => ((TaskCompletionSource)gone!).TrySetResult(), gone))
            await Task.WhenAny(handling, gone.Task);
    }

    // What handles one that is given up may go on, but nothing waits for it.
    private async Task FinishAsync(Task handling, string connection)
    {
        if (!handling.IsCompleted)
        {
            using var over = new CancellationTokenSource();
            await Task.WhenAny(handling, Task.Delay(s_patience, time, over.Token));
            await over.CancelAsync();
        }

        if (handling.IsCompleted)
        {
            await handling;
            return;
        }

        metrics.ConnectionAbandoned();
        if (_throttle.Allows("abandoned", out long suppressed))
            Log.ConnectionAbandoned(log, connection, (int)s_patience.TotalSeconds, suppressed);
        _ = handling.ContinueWith(
            static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }
}
