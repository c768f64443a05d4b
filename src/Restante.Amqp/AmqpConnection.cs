using System.Buffers;
using Restante.Amqp.Sasl;
using Restante.Amqp.Types;

namespace Restante.Amqp;

/// <summary>surface</summary>
public sealed class AmqpConnection
{
    public AmqpConnection(AmqpSettings settings, AmqpRole role, IAmqpConnectionHandler handler, IBufferWriter<byte> output)
    { Settings = settings; Role = role; Handler = handler; Output = output; }
    public AmqpSettings Settings { get; }
    public AmqpRole Role { get; }
    public IAmqpConnectionHandler Handler { get; }
    public IBufferWriter<byte> Output { get; }
    public object? Owner { get; set; }
    public AmqpConnectionState State => throw new NotSupportedException();
    public bool IsClosed => State == AmqpConnectionState.Closed;
    public bool IsPaused => throw new NotSupportedException();
    public int MinimumBytesNeeded => throw new NotSupportedException();
    public long NextDeadlineMs => throw new NotSupportedException();
    public Symbol? SaslMechanism => throw new NotSupportedException();
    public void Start(long nowMs) => throw new NotSupportedException();
    public int Receive(ReadOnlySpan<byte> bytes, long nowMs) => throw new NotSupportedException();
    public void Tick(long nowMs) => throw new NotSupportedException();
    public void TransportClosed() => throw new NotSupportedException();
    public void CompleteSasl(SaslCode code) => throw new NotSupportedException();
    public void AcceptOpen() => throw new NotSupportedException();
    public void Close(AmqpError? error = null) => throw new NotSupportedException();
    public AmqpSession? BeginSession(object? owner = null) => throw new NotSupportedException();
}
