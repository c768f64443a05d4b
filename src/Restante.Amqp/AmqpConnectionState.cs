namespace Restante.Amqp;

/// <summary>How far a connection has come.</summary>
public enum AmqpConnectionState : byte
{
    /// <summary>Waiting for protocol headers, SASL and open.</summary>
    Handshake,

    /// <summary>Open in both directions.</summary>
    Open,

    /// <summary>Our close is written; everything but the peer's close is ignored.</summary>
    Closing,

    /// <summary>Over: flush the output, then close the transport.</summary>
    Closed,
}
