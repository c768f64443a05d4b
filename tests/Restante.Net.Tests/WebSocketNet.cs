using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;

namespace Restante.Net.Tests;

/// <summary>
/// A host that takes WebSockets, its sessions, and peers; in the place of a web server stands a bare loopback connection.
/// </summary>
internal sealed class WebSocketNet : IAsyncDisposable
{
    private readonly ConcurrentQueue<ProbeSession> _sessions = new();
    private readonly List<IDisposable> _sockets = [];

    public WebSocketNet(
        Func<Connection, ProbeSession>? session = null, Func<WebSocketListenerOptions, WebSocketListenerOptions>? configure = null, TimeProvider? time = null)
    {
        Host = new NetworkHost(time);
        WebSocketListenerOptions options = new() { Protocol = "test" };
        Listener = Host.ListenForWebSockets(configure?.Invoke(options) ?? options, connection =>
        {
            ProbeSession made = session?.Invoke(connection) ?? new ProbeSession(connection);
            _sessions.Enqueue(made);
            return made;
        });
    }

    public NetworkHost Host { get; }

    public WebSocketListener Listener { get; }

    public int SessionCount => _sessions.Count;

    /// <summary>The bytes below the WebSocket that was accepted last.</summary>
    public WebSocketStream? Below { get; private set; }

    /// <summary>A peer; <see cref="Peer.Run"/> is the run at the gateway's end.</summary>
    public async Task<Peer> ConnectAsync()
    {
        using TcpListener port = new(IPAddress.Loopback, 0);
        port.Start();
        Socket near = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(port.LocalEndpoint);
        Socket far = await port.AcceptSocketAsync();
        NetworkStream server = new(far, ownsSocket: true);
        _sockets.Add(near);
        _sockets.Add(server);
        Task<WebSocketEnd> run = Listener.RunAsync(
            () =>
            {
                Below = new WebSocketStream(server);
                return Task.FromResult(new AcceptedWebSocket(WebSocket.CreateFromStream(Below, new WebSocketCreationOptions { IsServer = true }), Below));
            },
            new WebSocketPeer(far.RemoteEndPoint, SslProtocols.Tls13));
        NetworkStream client = new(near, ownsSocket: true);
        return new Peer(near, WebSocket.CreateFromStream(client, new WebSocketCreationOptions { IsServer = false }), run);
    }

    public async Task<ProbeSession> SessionAsync(int index = 0)
    {
        await Wait.Until(() => _sessions.Count > index, "the session was made");
        return _sessions.ElementAt(index);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        foreach (ProbeSession session in _sessions)
        {
            await session.End;
            Assert.False(session.CalledTwiceAtATime);
            Assert.False(session.CalledAfterEnd);
            Assert.Equal(1, session.ClosedCalls);
        }
        await Wait.Until(() => Host.Buffers.RentedBuffers == 0, "every buffer was returned");
        foreach (IDisposable socket in _sockets)
            socket.Dispose();
    }

    /// <summary>The other end of a WebSocket.</summary>
    internal sealed record Peer(Socket Socket, WebSocket WebSocket, Task<WebSocketEnd> Run)
    {
        public Task<WebSocketEnd> Ended => Run.WaitAsync(Wait.Limit);

        public async Task SendAsync(byte[] bytes, bool end = true, WebSocketMessageType type = WebSocketMessageType.Binary)
        {
            using CancellationTokenSource timeout = new(Wait.Limit);
            await WebSocket.SendAsync(bytes, type, end, timeout.Token);
        }

        /// <summary>Reads so many bytes, however they are cut into messages.</summary>
        public async Task<byte[]> ReadAsync(int count)
        {
            byte[] bytes = new byte[count];
            using CancellationTokenSource timeout = new(Wait.Limit);
            for (int length = 0; length < count;)
            {
                ValueWebSocketReceiveResult result = await WebSocket.ReceiveAsync(bytes.AsMemory(length), timeout.Token);
                Assert.Equal(WebSocketMessageType.Binary, result.MessageType);
                length += result.Count;
            }
            return bytes;
        }

        /// <summary>Reads the closing frame, passing over what comes before it.</summary>
        public async Task<(WebSocketCloseStatus? Status, string? Reason)> ReadCloseAsync()
        {
            byte[] passed = new byte[1000];
            using CancellationTokenSource timeout = new(Wait.Limit);
            while ((await WebSocket.ReceiveAsync(passed.AsMemory(), timeout.Token)).MessageType != WebSocketMessageType.Close)
            {
                // Not yet.
            }
            return (WebSocket.CloseStatus, WebSocket.CloseStatusDescription);
        }

        public async Task CloseOutputAsync()
        {
            using CancellationTokenSource timeout = new(Wait.Limit);
            await WebSocket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", timeout.Token);
        }
    }
}
