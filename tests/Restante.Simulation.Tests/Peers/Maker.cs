using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Net;

namespace Restante.Simulation.Tests.Peers;

/// <summary>
/// A certificate authority outside of the gateway. What it signs is made once in a process and the same in all worlds; no byte of it goes
/// over a simulated wire, and its length is always the same.
/// </summary>
internal sealed class Maker
{
    private const int KeyBits = 2_048;
    private const int SerialBytes = 16;

    private static readonly DateTimeOffset s_from = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_until = new(2046, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ConcurrentDictionary<string, Lazy<ClientCertificate>> s_own = new();

    private readonly RSA _key = RSA.Create(KeyBits);
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentDictionary<string, Lazy<ClientCertificate>> _signed = new();

    private Maker(string name)
    {
        Name = name;
        CertificateRequest request = new($"CN={name}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using X509Certificate2 own = request.Create(request.SubjectName, Generator, s_from, s_until, NewSerial());
        _certificate = X509CertificateLoader.LoadCertificate(own.RawData);
    }

    /// <summary>All that there are.</summary>
    public static IReadOnlyList<Maker> All { get; } = [new("maker-1"), new("maker-2")];

    /// <summary>What it is registered as.</summary>
    public string Name { get; }

    /// <summary>Its certificate in DER.</summary>
    public byte[] Certificate => _certificate.RawData;

    private X509SignatureGenerator Generator => X509SignatureGenerator.CreateForRSA(_key, RSASignaturePadding.Pkcs1);

    /// <summary>A certificate that nobody but itself has signed.</summary>
    /// <param name="name">Tells it from others.</param>
    /// <param name="device">Whom it names.</param>
    public static ClientCertificate SelfSigned(string name, string device) => s_own.GetOrAdd(name, _ => new Lazy<ClientCertificate>(() =>
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 own = Request(device, key).CreateSelfSigned(s_from, s_until);
        return new ClientCertificate(own.RawData, []);
    })).Value;

    /// <summary>Its certificate for a device: always the same one.</summary>
    public ClientCertificate For(string device) =>
        _signed.GetOrAdd(device, _ => new Lazy<ClientCertificate>(() => new ClientCertificate(Sign(device), []))).Value;

    /// <summary>A certificate that proves that it has its key.</summary>
    public byte[] Prove(string code) => Sign(code);

    private byte[] Sign(string name)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 signed = Request(name, key).Create(_certificate.SubjectName, Generator, s_from, s_until, NewSerial());
        return signed.RawData;
    }

    private static CertificateRequest Request(string name, ECDsa key) => new($"CN={name}", key, HashAlgorithmName.SHA256);

    private static byte[] NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        serial[0] = 1;
        return serial;
    }
}
