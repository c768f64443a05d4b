using System.Net.Sockets;

namespace Restante.Net.Transports;

/// <summary>Plain text on a socket.</summary>
internal sealed class TcpTransport(Socket socket) : Transport(socket)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (buffer.IsEmpty)
            return Socket.ReceiveAsync(buffer, SocketFlags.None);
        // Never waits with a buffer in hand: an empty read may also complete for bytes that were read before.
        int received = Socket.Receive(buffer.Span, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => new ValueTask<int>(received),
            SocketError.WouldBlock => new ValueTask<int>(NothingThere),
            _ => ValueTask.FromException<int>(new SocketException((int)error)),
        };
    }

    public override ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        // Nearly every write fits into the kernel's buffer: then the socket's send operation is never made.
        int sent = Socket.Send(bytes.Span, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => new ValueTask<int>(sent),
            SocketError.WouldBlock => Socket.SendAsync(bytes, SocketFlags.None),
            _ => ValueTask.FromException<int>(new SocketException((int)error)),
        };
    }

    public override ValueTask<int> FinishAsync()
    {
        Socket.Shutdown(SocketShutdown.Send);
        return default;
    }

    public override void Release()
    {
    }
}
