using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Restante.Server.Hosting;
using Restante.Storage.Conformance.Time;

namespace Restante.Server.Tests.Hosting;

/// <summary>Answers whose client takes them when the test says so.</summary>
public sealed class PatientResponseTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly HandTime _time = new();
    private readonly Pipe _answer = new(new PipeOptions(pauseWriterThreshold: 4, resumeWriterThreshold: 2));
    private readonly DefaultHttpContext _context = new();
    private readonly Life _life = new();

    public PatientResponseTests()
    {
        _context.Request.Protocol = HttpProtocol.Http2;
        _context.Features.Set<IHttpResponseBodyFeature>(new Body(_answer.Writer));
        _context.Features.Set<IHttpRequestLifetimeFeature>(_life);
    }

    [Theory]
    [InlineData("writer")]
    [InlineData("stream")]
    [InlineData("flush")]
    public async Task An_answer_over_HTTP_2_that_is_not_taken_in_time_ends_its_request(string by)
    {
        Task handling = HandleAsync(async context =>
        {
            if (by == "writer")
                await context.Response.BodyWriter.WriteAsync(new byte[8]);
            else if (by == "stream")
                await context.Response.Body.WriteAsync(new byte[8]);
            else
            {
                context.Response.BodyWriter.GetMemory(8);
                context.Response.BodyWriter.Advance(8);
                await context.Response.BodyWriter.FlushAsync();
            }
        });
        _time.Advance(s_patience - TimeSpan.FromSeconds(1));
        Assert.False(handling.IsCompleted);
        Assert.False(_life.IsAborted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<IOException>(() => handling.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.True(_life.IsAborted);
    }

    [Fact]
    public async Task An_answer_that_is_taken_in_time_may_take_longer_in_all()
    {
        await HandleAsync(async context =>
        {
            for (int i = 0; i < 3; i++)
            {
                Task write = context.Response.BodyWriter.WriteAsync(new byte[8]).AsTask();
                _time.Advance(s_patience - TimeSpan.FromSeconds(1));
                Assert.False(write.IsCompleted);
                _answer.Reader.AdvanceTo((await _answer.Reader.ReadAsync()).Buffer.End);
                await write;
            }
        });
        Assert.False(_life.IsAborted);
    }

    [Fact]
    public async Task Over_HTTP_1_Kestrel_looks_after_it()
    {
        _context.Request.Protocol = HttpProtocol.Http11;
        await HandleAsync(static context =>
        {
            Assert.IsType<Body>(context.Features.Get<IHttpResponseBodyFeature>());
            return Task.CompletedTask;
        });
    }

    private Task HandleAsync(RequestDelegate handle) => PatientResponse.Before(handle, s_patience, _time)(_context);

    private sealed class Life : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class Body(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => Writer.AsStream();

        public PipeWriter Writer => writer;

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
