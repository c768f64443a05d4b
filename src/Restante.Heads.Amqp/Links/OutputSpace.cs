using System.Buffers;

namespace Restante.Heads.Amqp.Links;

/// <summary>Space to encode one message into; one per thread, valid until the next message on that thread.</summary>
internal static class OutputSpace
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_space;

    public static ArrayBufferWriter<byte> Rent()
    {
        ArrayBufferWriter<byte>? space = t_space;
        if (space is null || space.Capacity > 512 * 1024)
            t_space = space = new ArrayBufferWriter<byte>(4096);
        space.ResetWrittenCount();
        return space;
    }
}
