using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;
using Restante.Core.Access;
using Restante.Heads.Http.Admission;
using Restante.Net;

namespace Restante.Server.Hosting.SharedPorts;

/// <summary>
/// One HTTP connection of a shared port, as Kestrel wants it. What comes is read ahead, so that a client that leaves is noticed while its
/// request waits; how far is bounded.
/// </summary>
internal sealed class SharedPortConnection : ConnectionContext,
    IConnectionIdFeature, IConnectionItemsFeature, IConnectionTransportFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature,
    IDuplexPipe
{
    private const int ReadAheadBytes = 64 * 1024;

    private readonly HandedStream _stream;
    private readonly ILogger _log;
    private readonly Pipe _input = new(
        new PipeOptions(pauseWriterThreshold: ReadAheadBytes, resumeWriterThreshold: ReadAheadBytes / 2, useSynchronizationContext: false));
    private readonly CancellationTokenSource _closed = new();
    private Task _reading = Task.CompletedTask;
    private int _aborted;

    private SharedPortConnection(HandedStream stream, ILogger log)
    {
        _stream = stream;
        _log = log;
        ConnectionId = CorrelationId();
        LocalEndPoint = stream.LocalEndPoint;
        RemoteEndPoint = stream.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Transport = this;
        Output = PipeWriter.Create(stream.Stream, new StreamPipeWriterOptions(leaveOpen: true));
        var tls = new TlsFeature(stream.AlpnProtocol);
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IConnectionEndPointFeature>(this);
        Features.Set<ITlsConnectionFeature>(tls);
        Features.Set<ITlsApplicationProtocolFeature>(tls);
        Features.Set(stream);
        if (stream.ClientCertificate is { } certificate)
            Features.Set(new CallerCertificate(new PeerCertificate(certificate.Leaf, certificate.Issuers)));
    }

    public override string ConnectionId { get; set; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public PipeReader Input => _input.Reader;

    public PipeWriter Output { get; }

    /// <summary>Makes the connection and begins to read.</summary>
    public static SharedPortConnection Start(HandedStream stream, ILogger log)
    {
        var connection = new SharedPortConnection(stream, log);
        connection._reading = connection.ReadAsync();
        return connection;
    }

    public override void Abort() => Abort(new ConnectionAbortedException());

    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (Interlocked.Exchange(ref _aborted, 1) == 0)
            _stream.Abort();
    }

    public override async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync();
        if (Volatile.Read(ref _aborted) == 0)
        {
            await CompleteOutputAsync();
            await _stream.CloseAsync();
        }

        _stream.Abort();
        await _reading;
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task ReadAsync()
    {
        Exception? fault = null;
        try
        {
            while (true)
            {
                // No memory is taken before there is something to read.
                _ = await _stream.Stream.ReadAsync(Memory<byte>.Empty);
                int count = await _stream.Stream.ReadAsync(_input.Writer.GetMemory());
                if (count == 0)
                    break;
                _input.Writer.Advance(count);
                FlushResult flushed = await _input.Writer.FlushAsync();
                if (flushed.IsCompleted || flushed.IsCanceled)
                    break;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            fault = Volatile.Read(ref _aborted) == 0 ? new ConnectionResetException(e.Message, e) : new ConnectionAbortedException();
        }
#pragma warning disable CA1031 // Whatever it was, Kestrel is told that nothing more comes: its request would wait for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.ReadFault(_log, e, ConnectionId);
            fault = e;
        }

        await _input.Writer.CompleteAsync(fault);
        // On a thread of its own: what hangs on it is Kestrel's and ours may not wait for it.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.TellClosed(), this, preferLocal: false);
    }

    private async Task CompleteOutputAsync()
    {
        try
        {
            await Output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client is gone; nobody waits for the rest.
        }
    }

    private void TellClosed()
    {
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection is over: nobody is left to be told.
        }
#pragma warning disable CA1031 // What hangs on it is not ours; on this thread its fault would end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.ClosedFault(_log, e, ConnectionId);
        }
    }

    private static string CorrelationId() => Guid.NewGuid().ToString("N");
}
