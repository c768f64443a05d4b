using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>Detaches a link. [AMQP 2.7.7]</summary>
internal readonly struct DetachFrame(uint handle, bool closed, AmqpError? error) : IPerformative
{
    internal uint Handle => handle;

    internal bool Closed => closed;

    internal AmqpError? Error => error;

    public void Encode(ref AmqpWriter writer)
    {
        writer.WriteDescriptor(Descriptors.Detach);
        CompoundScope list = writer.BeginCompound();
        writer.WriteUInt(handle);
        writer.Boolean(closed ? true : null);
        ErrorCodec.Write(ref writer, error);
        writer.EndFields(list);
    }

    internal static DetachFrame Decode(ref ItemReader items, DecodeLimits limits)
    {
        uint handle = items.NextUInt() ?? throw OpenFrame.Missing("handle");
        bool closed = items.NextBoolean(absent: false);
        return new DetachFrame(handle, closed, ErrorCodec.Read(items.NextRaw(), limits));
    }
}

/// <summary>Ends a session. [AMQP 2.7.8]</summary>
internal readonly struct EndFrame(AmqpError? error) : IPerformative
{
    public void Encode(ref AmqpWriter writer) => ErrorCodec.WriteEnding(ref writer, Descriptors.End, error);
}

/// <summary>Closes a connection. [AMQP 2.7.9]</summary>
internal readonly struct CloseFrame(AmqpError? error) : IPerformative
{
    public void Encode(ref AmqpWriter writer) => ErrorCodec.WriteEnding(ref writer, Descriptors.Close, error);
}
