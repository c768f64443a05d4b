using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net.Certificates;

/// <summary>The names that a certificate is valid for.</summary>
internal static class CertificateNames
{
    /// <summary>DNS names and IP addresses of the subject alternative name extension.</summary>
    public static IReadOnlyList<string> Of(X509Certificate2 certificate)
    {
        List<string> names = [];
        foreach (X509SubjectAlternativeNameExtension extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            names.AddRange(extension.EnumerateDnsNames());
            names.AddRange(extension.EnumerateIPAddresses().Select(static address => address.ToString()));
        }
        return names;
    }

    /// <summary>Whether a certificate is valid for exactly these names.</summary>
    public static bool AreExactly(X509Certificate2 certificate, IEnumerable<string> names) =>
        new HashSet<string>(Of(certificate).Select(Normal), StringComparer.Ordinal).SetEquals(names.Select(Normal));

    /// <summary>One spelling per name: addresses in their canonical form, DNS names in lower case.</summary>
    public static string Normal(string name) =>
        IPAddress.TryParse(name, out IPAddress? address) ? address.ToString() : name.Trim().ToLowerInvariant();
}
