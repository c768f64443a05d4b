using System.Net.WebSockets;

namespace Restante.Net.Tests;

/// <summary>WebSockets that fail in ways nobody foresaw: what waits for their end is let go, and their place comes back.</summary>
public sealed class WebSocketFaultTests
{
    [Fact]
    public async Task A_request_ends_with_the_fault_of_closing_its_socket()
    {
        await using WebSocketNet net = new();
        FaultySocket socket = new() { OnReceive = static () => new(0, WebSocketMessageType.Text, true), OnClose = static () => throw new NotSupportedException() };
        await Assert.ThrowsAsync<NotSupportedException>(() => RunAsync(net, socket));
        Assert.Equal(ConnectionEndReason.TransportFault, (await (await net.SessionAsync()).End).Reason);
        await Wait.Until(() => net.Listener.ActiveConnections == 0, "its place is free");
    }

    [Fact]
    public async Task A_socket_that_cannot_be_cut_gives_its_place_back()
    {
        await using WebSocketNet net = new();
        FaultySocket socket = new()
        {
            OnReceive = static () => throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely),
            OnAbort = static () => throw new NotSupportedException(),
        };
        Assert.Equal(WebSocketEnd.Cut, await RunAsync(net, socket));
        Assert.Equal(ConnectionEndReason.PeerReset, (await (await net.SessionAsync()).End).Reason);
        await Wait.Until(() => net.Listener.ActiveConnections == 0, "its place is free");
    }

    private static Task<WebSocketEnd> RunAsync(WebSocketNet net, WebSocket socket) =>
        net.Listener.RunAsync(() => Task.FromResult(new AcceptedWebSocket(socket, null)), default).WaitAsync(Wait.Limit);

    private sealed class FaultySocket : WebSocket
    {
        public required Func<ValueWebSocketReceiveResult> OnReceive { get; init; }

        public Action OnClose { get; init; } = static () => { };

        public Action OnAbort { get; init; } = static () => { };

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public override void Abort() => OnAbort();

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        {
            OnClose();
            return Task.CompletedTask;
        }

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            CloseAsync(closeStatus, statusDescription, cancellationToken);

        public override void Dispose()
        {
        }

        public override ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => new(OnReceive());

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override Task SendAsync(
            ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
