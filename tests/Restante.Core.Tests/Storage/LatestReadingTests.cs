using Restante.Core.Storage;

namespace Restante.Core.Tests.Storage;

public sealed class LatestReadingTests
{
    private readonly List<TaskCompletionSource<string>> _reads = [];
    private readonly LatestReading<string> _reading;

    public LatestReadingTests() => _reading = new(() =>
    {
        _reads.Add(new());
        return new ValueTask<string>(_reads[^1].Task);
    });

    [Fact]
    public async Task What_was_read_first_is_not_kept_last()
    {
        Task<string> before = _reading.GetAsync().AsTask(), after = _reading.ReloadAsync().AsTask();
        Assert.Single(_reads);
        _reads[0].SetResult("before");
        Assert.Equal("before", await before);
        Assert.False(after.IsCompleted);
        _reads[1].SetResult("after");
        Assert.Equal("after", await after);
        Assert.Equal("after", await _reading.GetAsync());
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task What_cannot_be_read_anew_is_not_what_it_was_before()
    {
        Task<string> before = _reading.GetAsync().AsTask();
        _reads[0].SetResult("before");
        await before;
        Task<string> anew = _reading.ReloadAsync().AsTask();
        _reads[1].SetException(new StoreUnavailableException("not now"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => anew);
        Task<string> after = _reading.GetAsync().AsTask();
        _reads[2].SetResult("after");
        Assert.Equal("after", await after);
    }
}
