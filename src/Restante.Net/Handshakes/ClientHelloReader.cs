using System.Buffers.Binary;

namespace Restante.Net.Handshakes;

/// <summary>Reads the first message of a TLS client (RFC 8446 sections 4.1.2 and 5.1), without taking part in the handshake.</summary>
internal static class ClientHelloReader
{
    /// <summary>A first message that is longer is not read.</summary>
    public const int MaxBytes = 16 * 1024;

    // One fits into a record; more than a few are no client's way but that of one who wants them to be put together again and again.
    private const int MaxRecords = 4;

    private const int RecordHeader = 5;
    private const int MaxRecord = (16 * 1024) + 256;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const ushort Tls13 = 0x0304;

    private enum Extension : ushort
    {
        SupportedGroups = 10,
        SignatureAlgorithms = 13,
        SupportedVersions = 43,
    }

    /// <summary>Reads it from the first bytes of a connection.</summary>
    /// <param name="bytes">All that has come.</param>
    /// <param name="hello">What it says; null for bytes that are no such message.</param>
    /// <returns>False when more must come before anything can be said.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ClientHello? hello)
    {
        hello = null;
        byte[] message = [];
        for (int records = 0; records < MaxRecords; records++)
        {
            if (!bytes.IsEmpty && bytes[0] != HandshakeRecord)
                return true;
            if (bytes.Length < RecordHeader)
                return false;
            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
            if (bytes[1] != 3 || length is 0 or > MaxRecord)
                return true;
            if (bytes.Length < RecordHeader + length)
                return false;
            message = [.. message, .. bytes.Slice(RecordHeader, length)];
            bytes = bytes[(RecordHeader + length)..];
            if (message.Length < 4)
                continue;
            int size = 4 + (int)(BinaryPrimitives.ReadUInt32BigEndian(message) & 0xFFFFFF);
            if (message[0] != ClientHelloMessage || size > MaxBytes)
                return true;
            if (message.Length < size)
                continue;
            hello = Parse(new Octets(message.AsSpan(4, size - 4)));
            return true;
        }

        return true;
    }

    private static ClientHello? Parse(Octets rest)
    {
        const int versionAndRandom = 2 + 32;
        if (!rest.TryTake(versionAndRandom, out _) || !rest.TryVector8(out _) || !rest.TryVector16(out Octets suites)
            || !rest.TryVector8(out _) || !suites.TryNumbers(out ushort[] offered))
        {
            return null;
        }

        var hello = new ClientHello(false, Array.Exists(offered, IsEcdsaSuite), null, null);
        if (rest.IsEmpty)
            return hello;
        if (!rest.TryVector16(out Octets extensions))
            return null;
        while (!extensions.IsEmpty)
        {
            if (!extensions.TryNumber(out ushort type) || !extensions.TryVector16(out Octets content)
                || Add(hello, type, content) is not { } more)
                return null;
            hello = more;
        }

        return hello;
    }

    private static ClientHello? Add(ClientHello hello, ushort type, Octets content)
    {
        ushort[] numbers;
        Octets list;
        switch ((Extension)type)
        {
            case Extension.SupportedGroups:
                return content.TryVector16(out list) && list.TryNumbers(out numbers) ? hello with { Groups = numbers } : null;
            case Extension.SignatureAlgorithms:
                return content.TryVector16(out list) && list.TryNumbers(out numbers) ? hello with { Schemes = numbers } : null;
            case Extension.SupportedVersions:
                return content.TryVector8(out list) && list.TryNumbers(out numbers)
                    ? hello with { OffersTls13 = numbers.Contains(Tls13) }
                    : null;
            default:
                return hello;
        }
    }

    // ECDHE_ECDSA with AES in GCM, CCM or CBC, or with ChaCha20.
    private static bool IsEcdsaSuite(ushort suite) => suite is 0xC02B or 0xC02C or 0xCCA9 or (>= 0xC0AC and <= 0xC0AF) or 0xC023 or 0xC024;
}
