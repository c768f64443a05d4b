namespace Restante.Net;

/// <summary>How a TLS handshake ended.</summary>
public enum HandshakeOutcome
{
    /// <summary>The connection was made.</summary>
    Done,

    /// <summary>Nothing came, or the handshake was not finished in time.</summary>
    TimedOut,

    /// <summary>The peer closed or reset the connection.</summary>
    PeerClosed,

    /// <summary>The peer did not speak TLS, or no version, cipher or application protocol suited both.</summary>
    Refused,

    /// <summary>The peer sent more than it may before the end of the handshake.</summary>
    TooLarge,

    /// <summary>The listener stopped.</summary>
    Stopped,

    /// <summary>Our own fault; logged.</summary>
    Fault,
}
