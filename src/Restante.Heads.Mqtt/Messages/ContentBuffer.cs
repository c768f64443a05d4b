using System.Buffers;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>
/// The buffer of the running thread in which content is put together. The core copies content before its call returns, so that one buffer
/// per thread serves all connections; a large one is not kept.
/// </summary>
internal static class ContentBuffer
{
    private const int LargestKept = 128 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    /// <summary>An empty buffer. Give it back with <see cref="Return"/>.</summary>
    public static ArrayBufferWriter<byte> Take()
    {
        ArrayBufferWriter<byte> buffer = t_buffer ?? new ArrayBufferWriter<byte>(1024);
        t_buffer = null;
        return buffer;
    }

    /// <summary>Takes the buffer back.</summary>
    public static void Return(ArrayBufferWriter<byte> buffer)
    {
        if (buffer.Capacity > LargestKept)
            return;
        buffer.ResetWrittenCount();
        t_buffer = buffer;
    }
}
