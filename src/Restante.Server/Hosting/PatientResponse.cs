using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Restante.Server.Hosting;

/// <summary>
/// The answer to a request over HTTP/2, which has to be taken in time. Kestrel asks for a rate, but counts whatever it sends on the
/// connection: a client that keeps the window of a stream closed, and pings, would have the handling of its request wait without end.
/// What Kestrel keeps of an answer, up to 16 KiB, is not waited for. All else is handed on in pieces, each of which the client may take its
/// time for: however much is written at once, one that reads slowly is served, and one that has stopped is not.
/// </summary>
/// <param name="inner">The answer as Kestrel has it.</param>
/// <param name="context">The request; it is reset when its answer is not taken.</param>
/// <param name="patience">How long one piece may take.</param>
/// <param name="time">The clock.</param>
internal sealed class PatientResponse(IHttpResponseBodyFeature inner, HttpContext context, TimeSpan patience, TimeProvider time)
    : PipeWriter, IHttpResponseBodyFeature
{
    /// <summary>Bytes of a piece.</summary>
    public const int PieceBytes = 4 * 1024;

    private Stream? _stream;

    // What was written beyond a piece waits here until it is flushed; null while nothing does.
    private Pipe? _rest;

    public Stream Stream => _stream ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.Writer.UnflushedBytes + (_rest?.Writer.UnflushedBytes ?? 0);

    private PipeWriter Current => _rest?.Writer ?? inner.Writer;

    /// <summary>Stands before the handling of requests.</summary>
    public static RequestDelegate Before(RequestDelegate next, TimeSpan patience, TimeProvider time) => context =>
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) || context.Features.Get<IHttpResponseBodyFeature>() is not { } body)
            return next(context);
        var patient = new PatientResponse(body, context, patience, time);
        context.Features.Set<IHttpResponseBodyFeature>(patient);
        return HandleAsync(next, context, patient);
    };

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        if (_rest is not null)
            await FlushAsync(context.RequestAborted);
        await inner.CompleteAsync();
    }

    public override void Advance(int bytes) => Current.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => WriterFor(sizeHint).GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => WriterFor(sizeHint).GetSpan(sizeHint);

    public override void CancelPendingFlush() => inner.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        if (_rest is null)
            inner.Writer.Complete(exception); // Else Kestrel ends the answer, when the rest has been handed on.
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        ValueTask<FlushResult> flush = InTime(inner.Writer.FlushAsync(cancellationToken), cancellationToken);
        return _rest is null ? flush : HandOnAsync(flush, _rest, cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        _rest is null && source.Length <= PieceBytes
            ? InTime(inner.Writer.WriteAsync(source, cancellationToken), cancellationToken)
            : WritePiecesAsync(source, cancellationToken);

    private static async Task HandleAsync(RequestDelegate next, HttpContext context, PatientResponse patient)
    {
        await next(context);
        if (patient._rest is null || context.RequestAborted.IsCancellationRequested)
            return;
        try
        {
            await patient.FlushAsync(context.RequestAborted); // Kestrel ends the answer, and knows of nothing that it was not handed.
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has gone.
        }
    }

    private PipeWriter WriterFor(int sizeHint)
    {
        if (_rest is null && inner.Writer.UnflushedBytes + sizeHint > PieceBytes)
            _rest = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        return Current;
    }

    private async ValueTask<FlushResult> HandOnAsync(ValueTask<FlushResult> flush, Pipe rest, CancellationToken cancellation)
    {
        await rest.Writer.CompleteAsync();
        try
        {
            FlushResult result = await flush;
            while (!result.IsCompleted && !result.IsCanceled)
            {
                ReadResult read = await rest.Reader.ReadAsync(CancellationToken.None);
                if (read.Buffer.IsEmpty)
                    break;
                ReadOnlySequence<byte> piece = read.Buffer.Slice(0, Math.Min(PieceBytes, read.Buffer.Length));
                foreach (ReadOnlyMemory<byte> part in piece)
                    inner.Writer.Write(part.Span);
                rest.Reader.AdvanceTo(piece.End);
                result = await InTime(inner.Writer.FlushAsync(cancellation), cancellation);
            }

            return result;
        }
        finally
        {
            await rest.Reader.CompleteAsync();
            _rest = null;
        }
    }

    private async ValueTask<FlushResult> WritePiecesAsync(ReadOnlyMemory<byte> source, CancellationToken cancellation)
    {
        FlushResult result = _rest is null ? default : await FlushAsync(cancellation);
        for (int at = 0; at < source.Length && !result.IsCompleted && !result.IsCanceled; at += PieceBytes)
        {
            ReadOnlyMemory<byte> piece = source.Slice(at, Math.Min(PieceBytes, source.Length - at));
            result = await InTime(inner.Writer.WriteAsync(piece, cancellation), cancellation);
        }

        return result;
    }

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
