namespace Restante.Simulation.Tests.Scheduling;

/// <summary>
/// One run of a process, from its start to its end: what it awaits comes home through here, and so do its timers. When it dies, whatever it
/// still had to do is not done.
/// </summary>
internal sealed class Life(Timeline timeline, string name) : SynchronizationContext
{
    /// <summary>How work escapes from the simulation: a task that ended on a thread of the pool. Seen as a fault of the run.</summary>
    public Action<string>? Escaped { get; set; }

    public bool IsAlive { get; private set; } = true;

    public Timeline Timeline => timeline;

    public void Die() => IsAlive = false;

    /// <summary>Runs something as part of this life.</summary>
    public void Run(Action act)
    {
        if (!IsAlive)
            return;
        SynchronizationContext? before = Current;
        SetSynchronizationContext(this);
        try
        {
            act();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!IsAlive)
            return;
        if (timeline.IsHere)
            timeline.Soon(this, () => d(state));
        else
            Escaped?.Invoke($"Something of '{name}' went on outside of the simulation: {d.Method.DeclaringType}.{d.Method.Name} {state}");
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;
}
