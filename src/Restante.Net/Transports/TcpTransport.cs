using System.Net.Sockets;

namespace Restante.Net.Transports;

/// <summary>Plain text on a socket.</summary>
internal sealed class TcpTransport(Socket socket) : Transport
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        if (buffer.IsEmpty)
            return socket.ReceiveAsync(buffer, SocketFlags.None);
        // Never waits with a buffer in hand: an empty read may also complete for bytes that were read before.
        int received = socket.Receive(buffer.Span, SocketFlags.None, out SocketError error);
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
        int sent = socket.Send(bytes.Span, SocketFlags.None, out SocketError error);
        return error switch
        {
            SocketError.Success => new ValueTask<int>(sent),
            SocketError.WouldBlock => socket.SendAsync(bytes, SocketFlags.None),
            _ => ValueTask.FromException<int>(new SocketException((int)error)),
        };
    }

    public override ValueTask<int> FinishAsync(bool goingAway, string reason)
    {
        socket.Shutdown(SocketShutdown.Send);
        return default;
    }

    public override void Close(bool reset) => CloseSocket(socket, reset);

    public override void Release()
    {
    }
}
