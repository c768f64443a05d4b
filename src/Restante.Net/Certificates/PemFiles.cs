using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Restante.Net.Certificates;

/// <summary>Reads and writes certificates and keys as PEM files.</summary>
internal static class PemFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const long MaxBytes = 1024 * 1024;

    public static string Read(string path, string what)
    {
        try
        {
            FileInfo file = new(path);
            if (file.Exists && file.Length > MaxBytes)
                throw new CertificateException($"{what} {path} is larger than 1 MiB, which no PEM file is. Check the configured path.");
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CertificateException($"{what} {path} does not exist. Check the configured path, or put the file there.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{what} {path} cannot be read. Give the user that runs Restante read access to it.", exception);
        }
    }

    /// <summary>A certificate with its key, and the certificates that follow it in its file.</summary>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Others) ReadPair(string certificatePath, string keyPath)
    {
        string certificatePem = Read(certificatePath, "The certificate file");
        string keyPem = Read(keyPath, "The key file");
        X509Certificate2Collection chain = [];
        try
        {
            chain.ImportFromPem(certificatePem);
        }
        catch (CryptographicException exception)
        {
            throw new CertificateException(
                $"The certificate file {certificatePath} holds a certificate that cannot be decoded. Put the certificate "
                    + "there in PEM form, followed by its issuers.",
                exception);
        }
        if (chain.Count == 0)
            throw new CertificateException(
                $"The certificate file {certificatePath} holds no certificate. Put the certificate "
                    + "there in PEM form, followed by its issuers.");
        if (!keyPem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new CertificateException(
                $"The key file {keyPath} holds no private key. Put the certificate's private key there in PEM form, not encrypted.");
        if (keyPem.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new CertificateException(
                $"The key in {keyPath} is encrypted. Decrypt it, with 'openssl pkey' for "
                    + "instance, and protect the file by its permissions.");
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            chain[0].Dispose();
            chain.RemoveAt(0);
            return (certificate, chain);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CertificateException(
                $"The key in {keyPath} does not belong to the first certificate in {certificatePath}, or cannot be decoded. "
                    + "Configure the two that were issued together.",
                exception);
        }
    }

    public static void WriteCertificate(string path, string pem) => Write(path, pem, Public);

    /// <summary>Writes a key that nobody but the owner can read, at any moment.</summary>
    public static void WriteKey(string path, string pem) => Write(path, pem, OwnerOnly);

    // The whole new file or the whole old one is seen under its name, even after a power failure.
    private static void Write(string path, string pem, UnixFileMode mode)
    {
        string temporary = $"{path}.{Environment.ProcessId}.new";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        try
        {
            File.Delete(temporary);
            using (FileStream stream = new(temporary, options))
            {
                using (StreamWriter writer = new(stream, leaveOpen: true))
                    writer.Write(pem);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException(
                $"The file {path} cannot be written. Give the user that runs Restante write access to its directory.", exception);
        }
    }
}
