using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>An answer of which is counted how much was written at once without handing it on.</summary>
internal sealed class CountedBody(IHttpResponseBodyFeature inner) : PipeWriter, IHttpResponseBodyFeature
{
    private int _unflushed;

    /// <summary>The most bytes that waited to be handed on.</summary>
    public int Most { get; private set; }

    public Stream Stream => inner.Stream;

    public PipeWriter Writer => this;

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        inner.SendFileAsync(path, offset, count, cancellationToken);

    public Task CompleteAsync() => inner.CompleteAsync();

    public override void Advance(int bytes)
    {
        inner.Writer.Advance(bytes);
        _unflushed += bytes;
        Most = Math.Max(Most, _unflushed);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _unflushed = 0;
        return inner.Writer.FlushAsync(cancellationToken);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.Writer.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Writer.Complete(exception);
}
