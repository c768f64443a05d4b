namespace Restante.Amqp;

/// <summary>surface</summary>
public sealed class AmqpSession
{
    internal AmqpSession(AmqpConnection connection) => Connection = connection;
    public AmqpConnection Connection { get; }
    public object? Owner { get; set; }
    public ushort Channel => throw new NotSupportedException();
    public bool IsActive => throw new NotSupportedException();
    public AmqpLink? Attach(LinkSettings settings) => throw new NotSupportedException();
    public void End(AmqpError? error = null) => throw new NotSupportedException();
}
