using System.Collections.Concurrent;

namespace Restante.System.Tests.Crashes;

/// <summary>What was acknowledged, and what has been seen of it, over all lives of the gateway.</summary>
internal sealed class PatternLedger(IReadOnlyList<PatternRecord> fleet)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _goal;
    private int _left;

    public IReadOnlyList<PatternRecord> Fleet { get; } = fleet;

    /// <summary>The message-ids of the commands that were acknowledged.</summary>
    public ConcurrentDictionary<string, byte> Commands { get; } = new();

    /// <summary>The message-ids whose outcome was told.</summary>
    public ConcurrentDictionary<string, byte> Ended { get; } = new();

    /// <summary>The notifications that were acknowledged.</summary>
    public ConcurrentDictionary<long, byte> Notifications { get; } = new();

    /// <summary>The inquiries that were acknowledged, with the one who asked.</summary>
    public ConcurrentDictionary<string, PatternRecord> Asked { get; } = new();

    /// <summary>The reports that were acknowledged.</summary>
    public ConcurrentDictionary<(long Command, long Number), byte> Reports { get; } = new();

    /// <summary>The reports that were told to a service.</summary>
    public ConcurrentDictionary<(long Command, long Number), byte> ReportsSeen { get; } = new();

    /// <summary>Refusals that should not have been.</summary>
    public ConcurrentQueue<string> Unexpected { get; } = new();

    /// <summary>Ends when so many more things have been acknowledged.</summary>
    public Task Progress(int steps)
    {
        lock (_gate)
        {
            _left = steps;
            _goal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _goal.Task;
        }
    }

    public void Advanced()
    {
        lock (_gate)
        {
            if (--_left <= 0)
                _goal?.TrySetResult();
        }
    }

    /// <summary>What was acknowledged and has not arrived yet.</summary>
    public IEnumerable<string> Missing() =>
    [
        .. Commands.Keys.Where(id => !Ended.ContainsKey(id)).Select(id => $"the outcome of command {id}"),
        .. Fleet.SelectMany(d => Notifications.Keys.Where(n => !d.HasSeen(n)).Select(n => $"notification {n} to {d.Id}")),
        .. Asked.Where(a => !a.Value.Final(a.Key).IsCompleted).Select(a => $"the final answer to {a.Key}"),
        .. Reports.Keys.Where(r => !ReportsSeen.ContainsKey(r)).Select(r => $"report {r.Number} on {r.Command}"),
    ];

    /// <summary>True for what happens to a client whose gateway is killed.</summary>
    public static bool IsEnd(Exception e) => e is Client.ClientException or OperationCanceledException
        or IOException or HttpRequestException
        or global::System.Net.Sockets.SocketException or global::System.Security.Authentication.AuthenticationException;
}
