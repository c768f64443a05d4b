using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Restante.Server.Hosting;

/// <summary>
/// The answer to a request over HTTP/2, which has to be taken in time. Kestrel asks for a rate, but counts whatever it sends on the
/// connection: a client that keeps the window of a stream closed, and pings, would have the handling of its request wait without end.
/// What Kestrel keeps of an answer, up to 64 KiB, is not waited for.
/// </summary>
/// <param name="inner">The answer as Kestrel has it.</param>
/// <param name="context">The request; it is reset when its answer is not taken.</param>
/// <param name="patience">How long one write may take.</param>
/// <param name="time">The clock.</param>
internal sealed class PatientResponse(IHttpResponseBodyFeature inner, HttpContext context, TimeSpan patience, TimeProvider time)
    : PipeWriter, IHttpResponseBodyFeature
{
    private Stream? _stream;

    public Stream Stream => _stream ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.Writer.UnflushedBytes;

    /// <summary>Stands before the handling of requests.</summary>
    public static RequestDelegate Before(RequestDelegate next, TimeSpan patience, TimeProvider time) => context =>
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol) && context.Features.Get<IHttpResponseBodyFeature>() is { } body)
            context.Features.Set<IHttpResponseBodyFeature>(new PatientResponse(body, context, patience, time));
        return next(context);
    };

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public Task CompleteAsync() => inner.CompleteAsync();

    public override void Advance(int bytes) => inner.Writer.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => inner.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => inner.Writer.GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Writer.Complete(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        InTime(inner.Writer.FlushAsync(cancellationToken), cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        InTime(inner.Writer.WriteAsync(source, cancellationToken), cancellationToken);

    private ValueTask<FlushResult> InTime(ValueTask<FlushResult> write, CancellationToken cancellation) =>
        write.IsCompleted ? write : new ValueTask<FlushResult>(WaitAsync(write, cancellation));

    private async Task<FlushResult> WaitAsync(ValueTask<FlushResult> write, CancellationToken cancellation)
    {
        try
        {
            return await write.AsTask().WaitAsync(patience, time, cancellation);
        }
        catch (TimeoutException e)
        {
            context.Abort();
            throw new IOException("The client does not take the answer.", e); // As of one that has gone.
        }
    }
}
