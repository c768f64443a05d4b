namespace Restante.Amqp;

/// <summary>Which side of the connection the engine plays.</summary>
public enum AmqpRole
{
    /// <summary>Waits for the peer's protocol header, offers SASL mechanisms.</summary>
    Server,

    /// <summary>Sends the first protocol header and chooses the SASL mechanism.</summary>
    Client,
}
