namespace Restante.Amqp;

/// <summary>What a violation of the protocol costs.</summary>
public enum ErrorScope
{
    /// <summary>The connection is closed.</summary>
    Connection,

    /// <summary>The session is ended.</summary>
    Session,

    /// <summary>The link is detached.</summary>
    Link,
}
