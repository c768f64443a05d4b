using System.Net.Sockets;

namespace Restante.Net.Transports;

/// <summary>
/// The bytes of one connection, in plain text or under TLS. At most one read and one write at a time, each by the connection's turn.
/// A read into an empty buffer completes when there is something to read, and holds no buffer meanwhile.
/// </summary>
internal abstract class Transport(Socket socket)
{
    /// <summary>Result of a read that found nothing after all and did not wait.</summary>
    public const int NothingThere = -1;

    public Socket Socket { get; } = socket;

    /// <summary>The result is the number of bytes, 0 at the peer's end (or for an empty buffer), or <see cref="NothingThere"/>.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Writes from the front of <paramref name="bytes"/>; the result is how many were taken.</summary>
    public abstract ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells the peer that nothing more will be sent. The result is always 0.</summary>
    public abstract ValueTask<int> FinishAsync();

    /// <summary>A read brought this many bytes.</summary>
    public virtual void NoteRead(int count)
    {
    }

    /// <summary>A turn ended with nothing to write and nothing but the wait for bytes pending: memory kept for speed may go.</summary>
    public virtual void Idle()
    {
    }

    /// <summary>Releases what the transport holds beyond the socket. Called once, when no read or write is pending.</summary>
    public abstract void Release();

    /// <summary>Closes the socket; pending reads and writes fail. With <paramref name="reset"/> the kernel discards what was not sent.</summary>
    public void CloseSocket(bool reset)
    {
        try
        {
            if (reset)
                Socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already gone: there is nothing left to discard.
        }
        Socket.Dispose();
    }
}
