using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Restante.Server.Observing;

namespace Restante.Server.Hosting;

/// <summary>
/// Gives up connections that Kestrel goes on handling although their clients have gone. It waits for the end of every request of HTTP/2,
/// and after floods of streams that are opened and reset it may wait for some that have ended long ago (dotnet/aspnetcore, issue 51307):
/// the connection, its memory and its place among <see cref="Configuration.NetworkOptions.MaxConnections"/> would be lost for good.
/// </summary>
internal sealed class AbandonedConnections(HostMetrics metrics, TimeProvider time, ILogger log)
{
    // Requests whose client has gone are told at once; what some do to their end is short.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_logPeriod = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _logged;
    private long _suppressed;

    /// <summary>
    /// Stands before everything that handles a connection. What handles one that is given up may go on, but nothing waits for it.
    /// </summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => connection => RunAsync(connection, next);

    private async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        Task handling = next(connection);
        if (handling.IsCompleted || await EndsInTimeAsync(handling, connection.ConnectionClosed))
        {
            await handling;
            return;
        }

        metrics.ConnectionAbandoned();
        Say(connection.ConnectionId);
        _ = handling.ContinueWith(
            static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async Task<bool> EndsInTimeAsync(Task handling, CancellationToken closed)
    {
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (closed.UnsafeRegister(static gone => ((TaskCompletionSource)gone!).TrySetResult(), gone))
            await Task.WhenAny(handling, gone.Task);
        if (handling.IsCompleted)
            return true;
        using var over = new CancellationTokenSource();
        await Task.WhenAny(handling, Task.Delay(s_patience, time, over.Token));
        await over.CancelAsync();
        return handling.IsCompleted;
    }

    private void Say(string connection)
    {
        long suppressed;
        lock (_gate)
        {
            if (_logged is long logged && time.GetElapsedTime(logged) < s_logPeriod)
            {
                _suppressed++;
                return;
            }

            _logged = time.GetTimestamp();
            suppressed = _suppressed;
            _suppressed = 0;
        }

        Log.ConnectionAbandoned(log, connection, (int)s_patience.TotalSeconds, suppressed);
    }
}
