namespace Restante.Amqp.Transport;

/// <summary>The eight bytes that name the protocol and its version. [AMQP 2.2]</summary>
internal static class ProtocolHeader
{
    internal const int Length = 8;

    internal static ReadOnlySpan<byte> Amqp => "AMQP\x00\x01\x00\x00"u8;

    internal static ReadOnlySpan<byte> Sasl => "AMQP\x03\x01\x00\x00"u8;

    /// <summary>True where the bytes, of which there may be fewer than eight, can still become the header.</summary>
    internal static bool IsPrefix(ReadOnlySpan<byte> header, ReadOnlySpan<byte> bytes) =>
        bytes.Length >= Length ? bytes.StartsWith(header) : header.StartsWith(bytes);
}
