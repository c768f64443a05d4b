using System.Net.Security;
using System.Net.Sockets;

namespace Restante.Net.Transports;

/// <summary>TLS on a socket, after the handshake.</summary>
/// <param name="socket">The socket, which becomes the transport's.</param>
/// <param name="stream">TLS on it.</param>
/// <param name="buffers">Gives back what TLS holds while idle, and guards its end.</param>
/// <param name="ahead">Bytes that were read to tell the protocol, and come first; null for none.</param>
internal sealed class TlsTransport(Socket socket, SslStream stream, OpenSslBuffers buffers, byte[]? ahead = null) : Transport
{
    /// <summary>Records up to this size may keep their memory while the connection is idle.</summary>
    private const int KeptRecordBytes = 768;

    private byte[]? _ahead = ahead;
    private bool _grown;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => _ahead is null ? stream.ReadAsync(buffer) : TakeAhead(buffer);

    public override ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        _grown |= bytes.Length > KeptRecordBytes;
        ValueTask write = stream.WriteAsync(bytes);
        if (!write.IsCompletedSuccessfully)
            return AwaitWrite(write, bytes.Length);
        write.GetAwaiter().GetResult();
        return new ValueTask<int>(bytes.Length);
    }

    public override void NoteRead(int count) => _grown |= count > KeptRecordBytes;

    public override void Idle()
    {
        if (!_grown)
            return;
        _grown = false;
        buffers.Shrink(stream);
    }

    public override async ValueTask<int> FinishAsync(bool goingAway, string reason)
    {
        await buffers.ShutdownAsync(stream).ConfigureAwait(false);
        socket.Shutdown(SocketShutdown.Send);
        return 0;
    }

    public override void Close(bool reset) => CloseSocket(socket, reset);

    public override void Release() => stream.Dispose();

    // A buffer of the connection is far larger than what tells a protocol.
    private ValueTask<int> TakeAhead(Memory<byte> buffer)
    {
        if (buffer.IsEmpty)
            return default;
        byte[] taken = _ahead!;
        taken.CopyTo(buffer);
        _ahead = null;
        return new ValueTask<int>(taken.Length);
    }

    private static async ValueTask<int> AwaitWrite(ValueTask write, int count)
    {
        await write.ConfigureAwait(false);
        return count;
    }
}
