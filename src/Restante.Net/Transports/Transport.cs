using System.Net.Sockets;

namespace Restante.Net.Transports;

/// <summary>
/// The bytes of one connection: in plain text, under TLS, or in a WebSocket. At most one read and one write at a time, each by the
/// connection's turn. A read into an empty buffer completes when there is something to read, and holds no buffer meanwhile.
/// </summary>
internal abstract class Transport
{
    /// <summary>Result of a read that found nothing after all and did not wait.</summary>
    public const int NothingThere = -1;

    /// <summary>The result is the number of bytes, 0 at the peer's end (or for an empty buffer), or <see cref="NothingThere"/>.</summary>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Writes from the front of <paramref name="bytes"/>; the result is how many were taken.</summary>
    public abstract ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Tells the peer that nothing more will be sent. The result is always 0.</summary>
    /// <param name="goingAway">The gateway stops, rather than being through with this peer.</param>
    /// <param name="reason">Why, for carriers that can say so.</param>
    public abstract ValueTask<int> FinishAsync(bool goingAway, string reason);

    /// <summary>When <see cref="Check"/> wants to be called, on the heartbeat's clock; <see cref="long.MaxValue"/> for never.</summary>
    public virtual long NextCheckMs => long.MaxValue;

    /// <summary>Looks whether the peer is there, in a turn; false when it is gone.</summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="isReading">Whether a read is under way.</param>
    public virtual bool Check(long nowMs, bool isReading) => true;

    /// <summary>A read brought this many bytes.</summary>
    public virtual void NoteRead(int count)
    {
    }

    /// <summary>A turn ended with nothing to write and nothing but the wait for bytes pending: memory kept for speed may go.</summary>
    public virtual void Idle()
    {
    }

    /// <summary>Ends it; pending reads and writes fail. With <paramref name="reset"/> what was not sent is discarded.</summary>
    public abstract void Close(bool reset);

    /// <summary>Releases what the transport still holds after <see cref="Close"/>. Called once, when no read or write is pending.</summary>
    public abstract void Release();

    /// <summary>
    /// Closes a socket; pending reads and writes fail. With <paramref name="reset"/> the kernel discards what was not sent.
    /// </summary>
    public static void CloseSocket(Socket socket, bool reset)
    {
        try
        {
            if (reset)
                socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already gone: there is nothing left to discard.
        }
        socket.Dispose();
    }
}
