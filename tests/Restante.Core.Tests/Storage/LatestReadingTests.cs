using Restante.Core.Storage;

namespace Restante.Core.Tests.Storage;

public sealed class LatestReadingTests : IDisposable
{
    private readonly List<TaskCompletionSource<string>> _reads = [];
    private readonly SemaphoreSlim _begun = new(0);
    private readonly LatestReading<string> _reading;

    public LatestReadingTests() => _reading = new(() =>
    {
        var read = new TaskCompletionSource<string>();
        _reads.Add(read);
        _begun.Release();
        return new ValueTask<string>(read.Task);
    });

    [Fact]
    public async Task What_was_read_first_is_not_kept_last()
    {
        Task<string> before = _reading.GetAsync().AsTask(), after = _reading.ReloadAsync().AsTask();
        Assert.Single(_reads);
        await _begun.WaitAsync();
        _reads[0].SetResult("before");
        Assert.Equal("before", await before);
        await _begun.WaitAsync();
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

    public void Dispose() => _begun.Dispose();
}
