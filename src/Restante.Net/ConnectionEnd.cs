namespace Restante.Net;

/// <summary>How and why a connection ended.</summary>
/// <param name="Reason">The cause, from a closed set; a metric label.</param>
/// <param name="Detail">A short human explanation. Never holds payload or secrets.</param>
/// <param name="ExceptionType">Name of the exception type behind it, if there was one.</param>
public readonly record struct ConnectionEnd(ConnectionEndReason Reason, string Detail, string? ExceptionType = null);

/// <summary>The closed set of causes for a connection's end.</summary>
public enum ConnectionEndReason
{
    /// <summary>This side called <see cref="Connection.CompleteAndClose"/> and everything written was handed to the kernel.</summary>
    Completed,

    /// <summary>The peer closed its side.</summary>
    PeerClosed,

    /// <summary>The peer or the network reset the connection.</summary>
    PeerReset,

    /// <summary>This side called <see cref="Connection.Abort(string)"/>.</summary>
    Aborted,

    /// <summary>No byte came within the listener's first-bytes time-out.</summary>
    TimedOut,

    /// <summary>The peer did not take written bytes within <see cref="ConnectionLimits.WriteTimeout"/>.</summary>
    WriteTimeout,

    /// <summary>The peer did not answer a ping within <see cref="WebSocketListenerOptions.PingTimeout"/>.</summary>
    PingTimeout,

    /// <summary>The output could not be flushed within <see cref="ConnectionLimits.CloseTimeout"/> of closing.</summary>
    CloseTimeout,

    /// <summary>The peer stopped reading: more than <see cref="ConnectionLimits.MaxPendingOutputBytes"/> waited.</summary>
    OutputLimit,

    /// <summary>The kept rest of the input would have exceeded <see cref="ConnectionLimits.MaxInputBytes"/>.</summary>
    InputLimit,

    /// <summary>More than <see cref="ConnectionLimits.MaxPosts"/> posted actions waited.</summary>
    PostLimit,

    /// <summary>The connection was still open when the drain time of a shutdown ran out.</summary>
    DrainTimeout,

    /// <summary>The transport failed: TLS violation or an unexpected socket error.</summary>
    TransportFault,

    /// <summary>The session threw; logged as our own fault.</summary>
    SessionFault,
}
