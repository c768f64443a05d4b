namespace Restante.Net.Tests;

public sealed class WebSocketStreamTests
{
    [Fact]
    public async Task A_write_whose_turn_does_not_come_fails_in_time_too()
    {
        ManualTime time = new();
        await using WebSocketStream stream = new(new NotTaken());
        stream.Limit(TimeSpan.FromSeconds(4), time);
        stream.Ping(); // It has its turn, and the peer does not take it.
        Task write = stream.WriteAsync(new byte[1]).AsTask();
        time.Advance(3_999);
        Assert.False(write.IsCompleted);
        time.Advance(1);
        await Wait.Until(() => write.IsCompleted, "the write has ended");
        await Assert.ThrowsAsync<TimeoutException>(() => write);
    }

    /// <summary>What a peer does not read.</summary>
    private sealed class NotTaken : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource().Task);
    }
}
