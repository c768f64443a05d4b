namespace Restante.Mqtt;

/// <summary>How far a connection has come.</summary>
internal enum ConnectionPhase : byte
{
    /// <summary>Server: CONNECT has not come. Client: it was not sent.</summary>
    AwaitingConnect,

    /// <summary>Server: the owner has the CONNECT and has not answered.</summary>
    AwaitingOwner,

    /// <summary>Client: CONNACK has not come.</summary>
    AwaitingConnAck,

    Established,

    Closed,
}
