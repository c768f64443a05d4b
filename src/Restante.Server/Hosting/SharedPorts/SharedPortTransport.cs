using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Restante.Net;

namespace Restante.Server.Hosting.SharedPorts;

/// <summary>Brings HTTP connections that the gateway's own listeners accepted, under TLS already, to Kestrel.</summary>
#pragma warning disable CA1001 // The queues are disposed of by Kestrel, which they were bound for.
internal sealed class SharedPortTransport(ILogger log) : IConnectionListenerFactory, IConnectionListenerFactorySelector
#pragma warning restore CA1001
{
    private readonly Queue _http1 = new(SharedPortEndPoint.Http1, log);
    private readonly Queue _http2 = new(SharedPortEndPoint.Http2, log);

    /// <summary>Takes a connection. Each has a place of its listener, so that these bound how many wait.</summary>
    public void Take(HandedStream stream)
    {
        Queue queue = stream.AlpnProtocol == "h2" ? _http2 : _http1;
        if (!queue.TryAdd(stream))
            stream.Abort();
    }

    public bool CanBind(EndPoint endpoint) => endpoint is SharedPortEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(ReferenceEquals(endpoint, SharedPortEndPoint.Http2) ? _http2 : _http1);

    private sealed class Queue(EndPoint endPoint, ILogger log) : IConnectionListener
    {
        private readonly Channel<HandedStream> _waiting = Channel.CreateUnbounded<HandedStream>();

        public EndPoint EndPoint => endPoint;

        public bool TryAdd(HandedStream stream) => _waiting.Writer.TryWrite(stream);

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return SharedPortConnection.Start(await _waiting.Reader.ReadAsync(cancellationToken), log);
            }
            catch (ChannelClosedException)
            {
                return null;
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            _waiting.Writer.TryComplete();
            return default;
        }

        public ValueTask DisposeAsync()
        {
            _waiting.Writer.TryComplete();
            while (_waiting.Reader.TryRead(out HandedStream? stream))
                stream.Abort();
            return default;
        }
    }
}
