namespace Restante.Net;

/// <summary>Why a connection was refused before anything was read from it.</summary>
public enum RefusalReason
{
    /// <summary><see cref="ListenerOptions.MaxConnections"/> was reached.</summary>
    ConnectionLimit,

    /// <summary>The listener was stopping.</summary>
    Stopping,

    /// <summary><see cref="ListenerOptions.MaxConnectionsPerSourcePerMinute"/> was reached.</summary>
    SourceRate,
}
