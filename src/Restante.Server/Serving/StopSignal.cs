using System.Runtime.InteropServices;

namespace Restante.Server.Serving;

/// <summary>Waits for Ctrl-C or SIGTERM. A second one ends the process at once.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly TaskCompletionSource<string> _signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly CancellationTokenRegistration _cancelled;

    public StopSignal(CancellationToken cancellation)
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _cancelled = cancellation.Register(() => _signalled.TrySetResult("cancelled"));
    }

    /// <summary>The name of the signal, when it has come.</summary>
    public Task<string> WaitAsync() => _signalled.Task;

    public void Dispose()
    {
        _cancelled.Dispose();
        _interrupt.Dispose();
        _terminate.Dispose();
    }

    private void OnSignal(PosixSignalContext context) => context.Cancel = _signalled.TrySetResult(context.Signal.ToString());
}
