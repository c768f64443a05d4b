using Restante.Core.Mailboxes;

namespace Restante.Core.Reports;

/// <summary>Those who wait, each for the final report on one command. Nobody is woken by another's report.</summary>
internal sealed class FinalReportWaits
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Sequence, Wait> _waiting = [];

    /// <summary>For how many commands somebody waits.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Takes part until <see cref="Leave"/>: what is told from now on ends the task.</summary>
    public Task<ReportRecord> Enter(Sequence command)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(command, out Wait? wait))
                _waiting[command] = wait = new Wait();
            wait.Waiters++;
            return wait.Told.Task;
        }
    }

    /// <summary>No longer waits; once for each <see cref="Enter"/>.</summary>
    public void Leave(Sequence command)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue(command, out Wait? wait) && --wait.Waiters == 0)
                _waiting.Remove(command);
        }
    }

    /// <summary>A final report has been stored.</summary>
    public void Tell(ReportRecord report)
    {
        lock (_gate)
        {
            if (_waiting.TryGetValue(report.Command, out Wait? wait))
                wait.Told.TrySetResult(report);
        }
    }

    private sealed class Wait
    {
        public TaskCompletionSource<ReportRecord> Told { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Waiters { get; set; }
    }
}
