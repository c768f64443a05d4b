namespace Restante.Core.Access;

/// <summary>Serial numbers of certificates as text, the same for a certificate and for its entry in a list.</summary>
internal static class SerialNumbers
{
    /// <summary>The digits of a number in hexadecimal, without leading zero bytes.</summary>
    /// <param name="bigEndian">The bytes of the number, the highest first.</param>
    public static string Of(ReadOnlySpan<byte> bigEndian) => Convert.ToHexString(bigEndian.TrimStart((byte)0));
}
