using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp.Sasl;

/// <summary>The mechanisms a server offers. [AMQP 5.3.3.1]</summary>
internal readonly struct SaslMechanismsFrame(IReadOnlyList<Symbol> mechanisms) : IPerformative
{
    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.SaslMechanisms);
        CompoundScope list = writer.BeginCompound();
        writer.WriteSymbols(mechanisms);
        writer.EndFields(list);
    }
}

/// <summary>The mechanism a client chose. [AMQP 5.3.3.2]</summary>
internal readonly struct SaslInitFrame(SaslClientResponse client, string? hostname) : IPerformative
{
    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.SaslInit);
        CompoundScope list = writer.BeginCompound();
        writer.WriteSymbol(client.Mechanism);
        writer.WriteBinary(client.InitialResponse.Span);
        writer.String(hostname);
        writer.EndFields(list);
    }
}

/// <summary>An empty challenge, or the response to one. [AMQP 5.3.3.3, 5.3.3.4]</summary>
internal readonly struct SaslBytesFrame(ulong descriptor, ReadOnlyMemory<byte> bytes) : IPerformative
{
    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(descriptor);
        CompoundScope list = writer.BeginCompound();
        writer.WriteBinary(bytes.Span);
        writer.EndFields(list);
    }
}

/// <summary>The end of the exchange. [AMQP 5.3.3.5]</summary>
internal readonly struct SaslOutcomeFrame(SaslCode code) : IPerformative
{
    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.SaslOutcome);
        CompoundScope list = writer.BeginCompound();
        writer.WriteUByte((byte)code);
        writer.EndFields(list);
    }
}
