namespace Restante.Net;

/// <summary>
/// What speaks a protocol on one connection. A session owns no stream: bytes come to it, and it writes bytes to
/// <see cref="Connection.Output"/>. Every member is called inside a turn of its connection, one call at a time, so a session needs
/// no locks; it must never block. An exception out of any member ends the connection with <see cref="ConnectionEndReason.SessionFault"/>.
/// </summary>
public interface IConnectionSession
{
    /// <summary>
    /// Total number of bytes, the kept rest included, before it is worth calling <see cref="Receive"/> again. Zero means any more.
    /// Read after a call left a rest; it sizes the buffer, which grows as bytes arrive and never ahead of a silent peer.
    /// </summary>
    int MinimumBytesNeeded { get; }

    /// <summary>
    /// False pauses the connection: nothing more is read from the socket until a turn ends with true. A kept rest is then presented at
    /// once.
    /// </summary>
    bool WantsBytes { get; }

    /// <summary>
    /// When <see cref="Tick"/> is wanted, in milliseconds of <see cref="Timing.Heartbeat.NowMs"/>; <see cref="long.MaxValue"/> for never.
    /// </summary>
    long NextDeadlineMs { get; }

    /// <summary>Bytes have come.</summary>
    /// <param name="bytes">The kept rest followed by what is new. Valid during the call only.</param>
    /// <returns>How many bytes were consumed, from the front. The rest is kept and presented again, with more.</returns>
    int Receive(ReadOnlySpan<byte> bytes);

    /// <summary><see cref="NextDeadlineMs"/> has been reached; up to one wheel step (250 ms) late, never early.</summary>
    void Tick(long nowMs);

    /// <summary>
    /// <see cref="Connection.PendingOutputBytes"/> fell to <see cref="ConnectionLimits.ResumeOutputBytes"/> or less after having been
    /// above.
    /// </summary>
    void OutputReady()
    {
    }

    /// <summary>
    /// The gateway is shutting down: tell the peer why, finish, then call <see cref="Connection.CompleteAndClose"/>. Called at most once.
    /// </summary>
    void Drain(string reason);

    /// <summary>The connection has ended. Called exactly once, and last; nothing can be written any more.</summary>
    void Closed(ConnectionEnd end);
}
