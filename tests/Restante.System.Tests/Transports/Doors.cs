using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using Restante.Client;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Transports;

/// <summary>Ways into a gateway process.</summary>
internal static class Doors
{
    /// <summary>How long anything here may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The endpoint of a client of ours, moved into a WebSocket.</summary>
    public static ClientEndpoint InWebSocket(this ClientEndpoint endpoint, string path, int port) => endpoint with { Port = port, WebSocketPath = path };

    /// <summary>A WebSocket that may have been refused; <see cref="ClientWebSocket.HttpStatusCode"/> tells.</summary>
    public static async Task<ClientWebSocket> OpenAsync(
        GatewayProcess gateway, string path, string? subProtocol, int? port = null, Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        if (subProtocol is not null)
            socket.Options.AddSubProtocol(subProtocol);
        configure?.Invoke(socket.Options);
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = gateway.TrustPolicy();
        using var invoker = new HttpMessageInvoker(handler);
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            await socket.ConnectAsync(new Uri($"wss://localhost:{port ?? gateway.HttpsPort}{path}"), invoker, timeout.Token);
        }
        catch (WebSocketException)
        {
            // Refused; the status says why.
        }

        return socket;
    }

    /// <summary>Reads to the closing frame; its code and reason.</summary>
    public static async Task<(WebSocketCloseStatus? Status, string? Reason)> ReadCloseAsync(ClientWebSocket socket)
    {
        using var timeout = new CancellationTokenSource(Patience);
        byte[] passed = new byte[4096];
        while ((await socket.ReceiveAsync(passed.AsMemory(), timeout.Token)).MessageType != WebSocketMessageType.Close)
        {
            // Not yet.
        }

        return (socket.CloseStatus, socket.CloseStatusDescription);
    }

    /// <summary>TLS to a port, with or without ALPN.</summary>
    public static async Task<SslStream> TlsAsync(GatewayProcess gateway, int port, string? alpn)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = gateway.TrustPolicy() };
        if (alpn is not null)
            options.ApplicationProtocols = [new SslApplicationProtocol(alpn)];
        await stream.AuthenticateAsClientAsync(options).WaitAsync(Patience);
        return stream;
    }
}
