using Restante.Core.Storage;
using Restante.Storage.Sqlite.Registry;

namespace Restante.Storage.Sqlite.Tests;

public sealed class LookTurnsTests
{
    private static readonly Looker s_other = new("other", default);

    private readonly LookTurns _turns = new(1);
    private readonly List<string> _made = [];

    [Fact]
    public async Task The_look_of_another_is_next_however_many_one_has_asked_for()
    {
        using var held = new HeldLook(_turns, new Looker("first", default));
        Task[] many = [.. Enumerable.Range(0, 100).Select(_ => LookAsync(new Looker("many", default)))];
        Task own = LookAsync(default);
        Task other = LookAsync(s_other);
        Assert.Equal((4, 103), (_turns.Lookers, _turns.Looks));
        held.End();
        await Task.WhenAll([.. many, own, other]);
        Assert.Equal(["many", "own", "other", "many"], _made.Take(4));
        Assert.Equal(102, _made.Count);
        await HeldLook.GoneAsync(_turns);
    }

    [Fact]
    public async Task What_nobody_waits_for_leaves_the_line()
    {
        using var over = new CancellationTokenSource();
        using var held = new HeldLook(_turns, new Looker("first", default));
        Task[] abandoned = [.. Enumerable.Range(0, 100).Select(_ => LookAsync(new Looker("many", over.Token)))];
        Task wanted = LookAsync(new Looker("many", default));
        await over.CancelAsync();
        foreach (Task look in abandoned)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
        Assert.Equal((2, 2), (_turns.Lookers, _turns.Looks));
        held.End();
        await wanted;
        Assert.Equal(["many"], _made);
        await HeldLook.GoneAsync(_turns);
    }

    [Fact]
    public async Task A_look_that_fails_gives_its_turn_back()
    {
        await Assert.ThrowsAsync<StoreUnavailableException>(
            async () => await _turns.LookAsync<int, int>(s_other, 0, static _ => throw new StoreUnavailableException("no")));
        await LookAsync(s_other);
        Assert.Equal(0, _turns.Looks);
    }

    private Task<bool> LookAsync(Looker looker) => _turns.LookAsync(looker, (_made, looker), static x =>
    {
        lock (x._made)
            x._made.Add(x.looker.Policy ?? "own");
        return true;
    }).AsTask();
}
