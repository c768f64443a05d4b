using System.Net.Security;
using System.Net.Sockets;

namespace Restante.Net.Transports;

/// <summary>TLS on a socket, after the handshake.</summary>
internal sealed class TlsTransport(Socket socket, SslStream stream, OpenSslBuffers buffers) : Transport(socket)
{
    /// <summary>Records up to this size may keep their memory while the connection is idle.</summary>
    private const int KeptRecordBytes = 768;

    private bool _grown;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

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

    public override async ValueTask<int> FinishAsync()
    {
        await stream.ShutdownAsync().ConfigureAwait(false);
        Socket.Shutdown(SocketShutdown.Send);
        return 0;
    }

    public override void Release() => stream.Dispose();

    private static async ValueTask<int> AwaitWrite(ValueTask write, int count)
    {
        await write.ConfigureAwait(false);
        return count;
    }
}
