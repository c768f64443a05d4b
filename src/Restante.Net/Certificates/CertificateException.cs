namespace Restante.Net.Certificates;

/// <summary>
/// A certificate or key file cannot be used. The message names the file, what is wrong, and how to mend it; it holds no key material.
/// </summary>
public sealed class CertificateException : Exception
{
    public CertificateException()
    {
    }

    public CertificateException(string message)
        : base(message)
    {
    }

    public CertificateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
