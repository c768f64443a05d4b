namespace Restante.Client;

/// <summary>The peer refused something, or the connection is gone. The message says what and why.</summary>
public sealed class ClientException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ClientException(string message, string? condition = null)
        : base(message) => Condition = condition;

    /// <summary>Creates the exception with its cause.</summary>
    public ClientException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The AMQP error condition or MQTT reason code, where the peer gave one.</summary>
    public string? Condition { get; }
}
