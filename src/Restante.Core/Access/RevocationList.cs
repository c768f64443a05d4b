using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>A certificate revocation list. [RFC 5280 5]</summary>
internal sealed class RevocationList
{
    private const string PemLabel = "X509 CRL";
    private const string NumberExtension = "2.5.29.20";

    private readonly HashSet<string> _serials;

    private readonly BigInteger? _number; // [RFC 5280 5.2.3]

    private RevocationList(HashSet<string> serials, long thisUpdateMs, long nextUpdateMs, BigInteger? number)
    {
        _serials = serials;
        _number = number;
        ThisUpdateMs = thisUpdateMs;
        NextUpdateMs = nextUpdateMs;
    }

    /// <summary>When it was made, in milliseconds since the Unix epoch.</summary>
    public long ThisUpdateMs { get; }

    /// <summary>When the next one is due; <see cref="long.MaxValue"/> when it does not say.</summary>
    public long NextUpdateMs { get; }

    /// <summary>How many certificates it names.</summary>
    public int Count => _serials.Count;

    /// <summary>True when it was made after another list of the same authority, by its number or, where one has none, its time.</summary>
    public bool IsNewerThan(RevocationList other) => _number is BigInteger number && other._number is BigInteger others && number != others
        ? number > others
        : ThisUpdateMs > other.ThisUpdateMs;

    /// <summary>True when it names a certificate.</summary>
    /// <param name="serial">See <see cref="SerialNumbers"/>.</param>
    public bool Names(string serial) => _serials.Contains(serial);

    /// <summary>The list in DER, whether it was written so or as PEM.</summary>
    public static byte[] Unwrap(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("-----"u8))
            return bytes.ToArray();
        string text = System.Text.Encoding.Latin1.GetString(bytes);
        if (!PemEncoding.TryFind(text, out PemFields fields) || !text.AsSpan()[fields.Label].SequenceEqual(PemLabel))
            throw new InvalidDataException("It is PEM, but holds no X509 CRL.");
        return Convert.FromBase64String(text[fields.Base64Data]);
    }

    /// <summary>Reads a list and checks that an authority has signed it.</summary>
    /// <param name="der">The list in DER.</param>
    /// <param name="authority">Whose list it must be.</param>
    /// <exception cref="InvalidDataException">
    /// It is none, somebody else's, or of a kind that is not taken; the message says which.
    /// </exception>
    public static RevocationList Read(ReadOnlyMemory<byte> der, X509Certificate2 authority)
    {
        try
        {
            AsnReader outer = new AsnReader(der, AsnEncodingRules.DER);
            AsnReader list = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            ReadOnlyMemory<byte> signed = list.ReadEncodedValue();
            AsnReader algorithm = list.ReadSequence();
            byte[] signature = list.ReadBitString(out _);
            list.ThrowIfNotEmpty();
            RevocationList read = ReadSigned(new AsnReader(signed, AsnEncodingRules.DER).ReadSequence(), authority);
            if (!AuthoritySignature.IsBy(authority, signed.Span, algorithm, signature))
                throw new InvalidDataException("The authority has not signed it, or by a method that is not taken.");
            return read;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw new InvalidDataException("It is no revocation list that could be read.", e);
        }
    }

    private static RevocationList ReadSigned(AsnReader signed, X509Certificate2 authority)
    {
        if (signed.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
            signed.ReadInteger();
        signed.ReadSequence();
        if (!signed.ReadEncodedValue().Span.SequenceEqual(authority.SubjectName.RawData))
            throw new InvalidDataException("It is the list of another authority.");
        long made = ReadTime(signed);
        long next = signed.HasData && IsTime(signed.PeekTag()) ? ReadTime(signed) : long.MaxValue;
        var serials = new HashSet<string>(StringComparer.Ordinal);
        if (signed.HasData && signed.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
        {
            AsnReader entries = signed.ReadSequence();
            while (entries.HasData)
            {
                AsnReader entry = entries.ReadSequence();
                serials.Add(SerialNumbers.Of(entry.ReadIntegerBytes().Span));
                ReadTime(entry);
                if (entry.HasData)
                    ReadExtensions(entry.ReadSequence());
            }
        }

        BigInteger? number = null;
        if (signed.HasData)
            number = ReadExtensions(signed.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence());
        return new RevocationList(serials, made, next, number);
    }

    // What a critical extension says changes what the list means: lists of a part only, of others' certificates, or of changes.
    private static BigInteger? ReadExtensions(AsnReader extensions)
    {
        BigInteger? number = null;
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string name = extension.ReadObjectIdentifier();
            if (extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean())
            {
                throw new InvalidDataException(
                    $"It has a critical extension ({name}); only complete lists of the authority's own certificates are taken.");
            }

            if (name == NumberExtension)
                number = new AsnReader(extension.ReadOctetString(), AsnEncodingRules.DER).ReadInteger();
        }

        return number;
    }

    private static bool IsTime(Asn1Tag tag) =>
        tag.HasSameClassAndValue(Asn1Tag.UtcTime) || tag.HasSameClassAndValue(Asn1Tag.GeneralizedTime);

    private static long ReadTime(AsnReader reader) =>
        (reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime())
            .ToUnixTimeMilliseconds();
}
