using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Restante.Net.Transports;

namespace Restante.Net;

/// <summary>
/// A decrypted connection that was handed to the handler of its protocol. Whoever takes it ends it, by either way of closing.
/// </summary>
public sealed class HandedStream
{
    private readonly Listener _listener;
    private readonly Socket _socket;
    private readonly SslStream _tls;
    private readonly OpenSslBuffers _buffers;
    private readonly TlsDescription _description;
    private readonly TimeProvider _time;
    private int _ended;

    internal HandedStream(
        Listener listener, Socket socket, SslStream tls, OpenSslBuffers buffers, byte[]? ahead, TlsDescription description,
        ClientCertificate? certificate, TimeProvider time)
    {
        _listener = listener;
        _socket = socket;
        _tls = tls;
        _buffers = buffers;
        _description = description;
        _time = time;
        Stream = ahead is null ? tls : new AheadStream(tls, ahead);
        ClientCertificate = certificate;
        RemoteEndPoint = EndPointOf(static socket => socket.RemoteEndPoint, socket);
        LocalEndPoint = EndPointOf(static socket => socket.LocalEndPoint, socket);
    }

    /// <summary>The bytes, decrypted. One read and one write at a time; asynchronous calls only.</summary>
    public Stream Stream { get; }

    /// <summary>The peer's address and port; null if it has gone already.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>The address and port it came to.</summary>
    public EndPoint? LocalEndPoint { get; }

    /// <summary>The TLS version agreed upon.</summary>
    public SslProtocols TlsProtocol => _description.Protocol;

    /// <summary>The application protocol agreed upon by ALPN, or null.</summary>
    public string? AlpnProtocol => _description.AlpnProtocol;

    /// <summary>The certificate that the peer presented, unjudged, or null.</summary>
    public ClientCertificate? ClientCertificate { get; }

    /// <summary>
    /// Ends it at once; pending reads and writes fail and what was not sent is discarded. Any thread; once it has ended, nothing.
    /// </summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        Transport.CloseSocket(_socket, reset: true);
        Finish();
    }

    /// <summary>
    /// Ends it after what was written: TLS close_notify and FIN, within <see cref="ConnectionLimits.CloseTimeout"/>. No read or write may
    /// be pending.
    /// </summary>
    public async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        try
        {
            await _buffers.ShutdownAsync(_tls).WaitAsync(_listener.Options.Limits.CloseTimeout, _time).ConfigureAwait(false);
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is IOException or SocketException or TimeoutException or InvalidOperationException)
        {
            // The peer has gone or takes nothing more.
        }
        finally
        {
            Transport.CloseSocket(_socket, reset: false);
            Finish();
        }
    }

    private void Finish()
    {
        _tls.Dispose();
        _listener.TakeBack(this);
    }

    private static EndPoint? EndPointOf(Func<Socket, EndPoint?> which, Socket socket)
    {
        try
        {
            return which(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }
}
