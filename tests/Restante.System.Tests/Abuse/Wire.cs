using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using Restante.System.Tests.Processes;
using Restante.System.Tests.Transports;

namespace Restante.System.Tests.Abuse;

/// <summary>A socket that says whatever it is told to, with TLS or without, or in a WebSocket; it knows no protocol.</summary>
internal sealed class Wire : IAsyncDisposable
{
    /// <summary>How long anything is waited for before a test fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket? _socket;
    private readonly Stream _stream;

    private Wire(Socket? socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    /// <summary>True once reading has come to the end of what the gateway said.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Connects without TLS.</summary>
    public static async Task<Wire> ConnectAsync(int port, int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
            socket.ReceiveBufferSize = receiveBuffer;
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)).WaitAsync(Patience);
        return new Wire(socket, new NetworkStream(socket, ownsSocket: false));
    }

    /// <summary>Connects and ends the TLS handshake. Certificates are not what these tests look at.</summary>
    public static async Task<Wire> ConnectTlsAsync(int port, int receiveBuffer = 0, SslApplicationProtocol? alpn = null)
    {
        Wire plain = await ConnectAsync(port, receiveBuffer);
        var tls = new SslStream(plain._stream);
        var options = new SslClientAuthenticationOptions { TargetHost = "localhost" };
        if (alpn is SslApplicationProtocol protocol)
            options.ApplicationProtocols = [protocol];
#pragma warning disable CA5359 // The server is one that this test started; the peer played here would not look either.
        options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(options).WaitAsync(Patience);
        return new Wire(plain._socket, tls);
    }

    /// <summary>Connects in a WebSocket. Neither <see cref="EndSending"/> nor <see cref="Reset"/> does anything then.</summary>
    public static async Task<Wire> OverAsync(GatewayProcess gateway, string path, string subProtocol)
    {
        ClientWebSocket socket = await Doors.OpenAsync(gateway, path, subProtocol);
        Assert.Equal(WebSocketState.Open, socket.State);
        return new Wire(null, WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true));
    }

    public async Task SendAsync(params ReadOnlyMemory<byte>[] pieces)
    {
        foreach (ReadOnlyMemory<byte> piece in pieces)
            await _stream.WriteAsync(piece).AsTask().WaitAsync(Patience);
        await _stream.FlushAsync().WaitAsync(Patience);
    }

    /// <summary>Sends what may not be taken any more, as the gateway may have hung up by now.</summary>
    public async Task TrySendAsync(ReadOnlyMemory<byte> piece)
    {
        try
        {
            await SendAsync(piece);
        }
        catch (IOException)
        {
            // The gateway hung up; reading shows what it said before.
        }
    }

    /// <summary>Exactly so many bytes; null where the peer ended before the first of them.</summary>
    public async Task<byte[]?> ReadAsync(int count)
    {
        var bytes = new byte[count];
        try
        {
            int read = await _stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false).AsTask().WaitAsync(Patience);
            HasEnded = read < count;
        }
        catch (Exception e) when (e is IOException or WebSocketException)
        {
            HasEnded = true;
        }

        return HasEnded ? null : bytes;
    }

    /// <summary>Reads until the gateway ends the connection and returns what came.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        var all = new MemoryStream();
        try
        {
            await _stream.CopyToAsync(all).WaitAsync(Patience);
        }
        catch (IOException)
        {
            // A reset is an end as well.
        }

        return all.ToArray();
    }

    /// <summary>Writes the same again and again, reads nothing, and returns when the gateway has ended the connection.</summary>
    /// <returns>How many bytes were written before.</returns>
    public async Task<long> WriteUntilEndAsync(ReadOnlyMemory<byte> piece)
    {
        long written = 0;
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (true)
            {
                await _stream.WriteAsync(piece, patience.Token);
                written += piece.Length;
            }
        }
        catch (IOException)
        {
            return written;
        }
    }

    /// <summary>Says that nothing more will be said, as far as the gateway still listens.</summary>
    public void EndSending()
    {
        try
        {
            _socket?.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It has hung up.
        }
    }

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        if (_socket is null)
            return;
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        await _stream.DisposeAsync();
    }
}
