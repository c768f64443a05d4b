using Restante.Net.Handshakes;

namespace Restante.Net.Certificates;

/// <summary>
/// The certificates of the listeners: one, or two side by side, with an ECDSA and an RSA key. A peer gets the first if its handshake says
/// that it can check it, and the second if not. Listeners share the object.
/// </summary>
public sealed class ServerCertificates
{
    private readonly Func<ServerCertificate[]>? _read;
    private volatile ServerCertificate[] _all;

    /// <summary>One certificate for all peers.</summary>
    public ServerCertificates(ServerCertificate only) => _all = [only];

    private ServerCertificates(Func<ServerCertificate[]> read)
    {
        _read = read;
        _all = read();
    }

    /// <summary>How many bytes of a connection may be needed to choose.</summary>
    public const int MaxFirstBytes = ClientHelloReader.MaxBytes;

    /// <summary>The certificates, one or two; with two the first has an ECDSA key, the second an RSA key.</summary>
    public IReadOnlyList<ServerCertificate> All => _all;

    /// <summary>True when there is something to choose.</summary>
    public bool HasChoice => _all.Length > 1;

    /// <summary>Loads one pair of files, or two whose keys are of different types, in any order.</summary>
    /// <exception cref="CertificateException">As for <see cref="ServerCertificate.Load"/>; or two certificates have keys of one
    /// type.</exception>
    public static ServerCertificates Load(IReadOnlyList<(string Certificate, string Key)> files, TimeProvider time) => new(() =>
    {
        ServerCertificate[] all =
            [.. files.Select(pair => ServerCertificate.Load(pair.Certificate, pair.Key, time)).OrderByDescending(c => c.IsEcdsa)];
        return all.Length == all.DistinctBy(static certificate => certificate.IsEcdsa).Count()
            ? all
            : throw new CertificateException(
                $"The certificates in {files[0].Certificate} and {files[1].Certificate} both have {all[0].KeyType} keys. "
                + "Put one with an ECDSA key and one with an RSA key side by side, or leave one out.");
    });

    /// <summary>Reads all files again: all of them count, or none and the old ones stay.</summary>
    /// <exception cref="CertificateException">As for <see cref="Load"/>.</exception>
    public void Reload()
    {
        if (_read is null)
            _all[0].Reload();
        else
            _all = _read();
    }

    /// <summary>Chooses by what a peer sends first.</summary>
    /// <param name="firstBytes">All that has come of a connection.</param>
    /// <param name="chosen">The certificate for it.</param>
    /// <returns>False when more must come first.</returns>
    public bool TryChoose(ReadOnlySpan<byte> firstBytes, out ServerCertificate chosen)
    {
        ServerCertificate[] all = _all;
        chosen = all[0];
        if (all.Length == 1)
            return true;
        if (!ClientHelloReader.TryRead(firstBytes, out ClientHello? hello))
            return firstBytes.Length >= MaxFirstBytes;
        if (hello is { } said && !said.TakesEcdsa(all[0].KeyBits))
            chosen = all[1];
        return true;
    }
}
