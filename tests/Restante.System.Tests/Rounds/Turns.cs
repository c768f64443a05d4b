namespace Restante.System.Tests.Rounds;

/// <summary>Lets one after the other, in the order in which they came.</summary>
internal sealed class Turns
{
    private readonly Lock _gate = new();
    private Task _last = Task.CompletedTask;

    public async Task TakeAsync(Func<Task> act)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_gate)
            (before, _last) = (_last, mine.Task);
        await before;
        try
        {
            await act();
        }
        finally
        {
            mine.SetResult();
        }
    }
}
