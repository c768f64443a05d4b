using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Core.Access;

/// <summary>The names in a certificate that may be a device id: its common name, DNS names, and the last segments of URIs.</summary>
internal static class CertificateNames
{
    /// <summary>How many names are taken.</summary>
    public const int Max = 8;

    /// <summary>How many parts of the subject, and how many alternative names of whatever kind, are looked at to find them.</summary>
    public const int MaxLookedAt = 64;

    private const string CommonName = "2.5.4.3";
    private const string AlternativeNames = "2.5.29.17";

    private static readonly Asn1Tag s_dns = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag s_uri = new(TagClass.ContextSpecific, 6);

    /// <summary>The names in the order in which they are tried: the common name first. None twice.</summary>
    public static List<string> Of(X509Certificate2 certificate)
    {
        var names = new List<string>();
        if (CommonNameOf(certificate) is string common)
            names.Add(common);
        if (certificate.Extensions[AlternativeNames] is X509Extension extension)
            AddAlternatives(extension.RawData, names);
        return names;
    }

    /// <summary>
    /// The common name; null when there is none or several, and for a subject of more than <see cref="MaxLookedAt"/> parts.
    /// </summary>
    public static string? CommonNameOf(X509Certificate2 certificate)
    {
        string? found = null;
        int parts = 0;
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (++parts > MaxLookedAt)
                return null;
            if (part.HasMultipleElements || part.GetSingleElementType().Value != CommonName)
                continue;
            if (found is not null)
                return null;
            found = part.GetSingleElementValue();
        }

        return found;
    }

    private static void AddAlternatives(byte[] extension, List<string> names)
    {
        try
        {
            AsnReader general = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
            for (int i = 0; i < MaxLookedAt && general.HasData && names.Count < Max; i++)
            {
                Asn1Tag tag = general.PeekTag();
                string? name = null;
                if (tag.HasSameClassAndValue(s_dns))
                    name = general.ReadCharacterString(UniversalTagNumber.IA5String, s_dns);
                else if (tag.HasSameClassAndValue(s_uri))
                    name = LastSegment(general.ReadCharacterString(UniversalTagNumber.IA5String, s_uri));
                else
                    general.ReadEncodedValue();
                if (!string.IsNullOrEmpty(name) && !names.Contains(name, StringComparer.Ordinal))
                    names.Add(name);
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            // Alternative names that cannot be read name nobody.
        }
    }

    // Of urn:example:device:truck-17 and of https://example/devices/truck-17 alike.
    private static string LastSegment(string uri)
    {
        int slash = uri.LastIndexOf('/');
        return slash >= 0 ? uri[(slash + 1)..] : uri[(uri.LastIndexOf(':') + 1)..];
    }
}
