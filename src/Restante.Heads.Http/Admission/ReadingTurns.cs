using System.Globalization;
using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Admission;

/// <summary>
/// The turns of what services read, and of their imports: so many of one policy are under way at once, the others stand in line, each for
/// itself and not for long. What one policy asks for at once then takes memory and processors by this bound, however many requests and
/// connections it has, and whatever it leaves unread. Safe for several threads.
/// </summary>
internal sealed class ReadingTurns(HttpHeadOptions options, TimeProvider time)
{
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>How long a request stands in line.</summary>
    public TimeSpan Patience { get; } = TimeSpan.FromSeconds(options.ReadingWaitSeconds);

    /// <summary>Requests that stand in line.</summary>
    public int Waiting
    {
        get
        {
            lock (_lines)
                return _lines.Values.Sum(line => Math.Max(0, line.Requests - options.MaxReadingsPerPolicy));
        }
    }

    /// <summary>Policies with requests under way.</summary>
    internal int Policies
    {
        get
        {
            lock (_lines)
                return _lines.Count;
        }
    }

    /// <summary>Whether there is a turn without waiting, which is taken then.</summary>
    public bool TryTake(ServicePrincipal by)
    {
        Line line = Enter(by);
        bool has = line.Turns.Wait(0, CancellationToken.None);
        if (!has)
            Leave(by.Name, line);
        return has;
    }

    /// <summary>Waits for a turn. False when none came in time.</summary>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public ValueTask<bool> TakeAsync(ServicePrincipal by, CancellationToken aborted) => TakeAsync(by, Patience, aborted);

    /// <summary>The same with a time of its own.</summary>
    public async ValueTask<bool> TakeAsync(ServicePrincipal by, TimeSpan wait, CancellationToken aborted)
    {
        Line line = Enter(by);
        bool has = false;
        using var patience = new CancellationTokenSource(wait, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, aborted);
        try
        {
            await line.Turns.WaitAsync(end.Token);
            has = true;
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            if (!has)
                Leave(by.Name, line);
        }

        return true;
    }

    /// <summary>A turn is over.</summary>
    public void Give(ServicePrincipal by)
    {
        Line line;
        lock (_lines)
            line = _lines[by.Name];
        line.Turns.Release();
        Leave(by.Name, line);
    }

    /// <summary>The refusal of a request that no turn came for.</summary>
    public Refusal Spent(ServicePrincipal by) => new(
        RefusalKind.Throttled,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The policy '{by.Name}' has {options.MaxReadingsPerPolicy} readings and imports under way, as many as it may; no turn came "
            + $"within {options.ReadingWaitSeconds} s."));

    private Line Enter(ServicePrincipal by)
    {
        lock (_lines)
        {
            if (!_lines.TryGetValue(by.Name, out Line? line))
                _lines.Add(by.Name, line = new Line(new SemaphoreSlim(options.MaxReadingsPerPolicy)));
            line.Requests++;
            return line;
        }
    }

    private void Leave(string policy, Line line)
    {
        lock (_lines)
        {
            if (--line.Requests > 0)
                return;
            _lines.Remove(policy);
        }

        line.Turns.Dispose();
    }

    private sealed record Line(SemaphoreSlim Turns)
    {
        /// <summary>Those that have a turn and those that wait for one.</summary>
        public int Requests { get; set; }
    }
}
