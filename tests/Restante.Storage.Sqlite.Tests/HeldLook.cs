using Restante.Core.Storage;
using Restante.Storage.Sqlite.Registry;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>A look that has a turn and keeps it.</summary>
internal sealed class HeldLook : IDisposable
{
    private readonly ManualResetEventSlim _open = new();
    private readonly Task _look;

    public HeldLook(LookTurns turns, Looker looker)
    {
        using var made = new ManualResetEventSlim();
        _look = Task.Factory.StartNew(
            () => turns.LookAsync(looker, 0, _ =>
            {
                made.Set();
                _open.Wait();
                return true;
            }).AsTask(),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap();
        made.Wait();
    }

    public void End() => _open.Set();

    /// <summary>Ends when nobody looks any more.</summary>
    public static async Task GoneAsync(LookTurns turns)
    {
        while (turns.Looks > 0)
            await Task.Yield();
        Assert.Equal(0, turns.Lookers);
    }

    public void Dispose()
    {
        _open.Set();
        _look.Wait();
        _open.Dispose();
    }
}
