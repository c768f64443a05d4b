using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Restante.Heads.Http.Tests.Hosting;
using Restante.Server.Hosting;

namespace Restante.Server.Tests.Hosting;

/// <summary>An answer over HTTP/2 whose client takes it slowly, or not at all.</summary>
public sealed class SlowReaderTests
{
    private const int Kept = 64 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: Kept, resumeWriterThreshold: Kept, useSynchronizationContext: false));
    private readonly byte[] _answer = [.. Enumerable.Range(0, 300_000).Select(static i => (byte)(i % 251))];

    public static TheoryData<string> Writes => ["one write", "written and flushed", "written and not flushed", "through the stream"];

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_client_that_reads_slowly_gets_all_of_it(string how)
    {
        Task handled = HandleAsync(how, new DefaultHttpContext());
        var got = new List<byte>();
        for (int waits = 1; await Task.WhenAny(handled, _time.WhenArmedAsync(waits)) != handled; waits++)
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            ReadResult read = await _pipe.Reader.ReadAsync();
            ReadOnlySequence<byte> taken = read.Buffer.Slice(0, PatientResponse.PieceBytes);
            got.AddRange(taken.ToArray());
            _pipe.Reader.AdvanceTo(taken.End);
        }

        await handled;
        await _pipe.Writer.CompleteAsync();
        ReadResult rest = await _pipe.Reader.ReadAsync();
        Assert.True(rest.IsCompleted);
        got.AddRange(rest.Buffer.ToArray());
        Assert.Equal(_answer, got);
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task A_client_that_has_stopped_reading_is_cut(string how)
    {
        var context = new DefaultHttpContext();
        var lifetime = new Lifetime();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        Task handled = HandleAsync(how, context);
        await _time.WhenArmedAsync(1);
        _time.Advance(s_patience);
        if (how == "written and not flushed")
            await handled; // Its handler has done its part.
        else
            await Assert.ThrowsAsync<IOException>(() => handled);
        Assert.True(lifetime.IsAborted);
    }

    private Task HandleAsync(string how, HttpContext context)
    {
        context.Request.Protocol = "HTTP/2";
        context.Features.Set<IHttpResponseBodyFeature>(new Body(_pipe.Writer));
        return PatientResponse.Before(async c =>
        {
            PipeWriter writer = c.Response.BodyWriter;
            switch (how)
            {
                case "one write":
                    await writer.WriteAsync(_answer);
                    break;
                case "through the stream":
                    await c.Response.Body.WriteAsync(_answer);
                    break;
                default:
                    writer.Write(_answer.AsSpan(0, 100));
                    _answer.AsSpan(100, 200_000).CopyTo(writer.GetSpan(200_000));
                    writer.Advance(200_000);
                    Assert.Equal(200_100, writer.UnflushedBytes);
                    writer.Write(_answer.AsSpan(200_100));
                    if (how == "written and flushed")
                        await writer.FlushAsync();
                    break;
            }
        }, s_patience, _time)(context);
    }

    private sealed class Body(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => throw new NotSupportedException();

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => throw new NotSupportedException();

        public void DisableBuffering() => throw new NotSupportedException();

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}
