using Restante.Core.Access;

namespace Restante.Core.History;

/// <summary>Why somebody who named a device was not let in.</summary>
internal static class RefusalCauses
{
    public const string WrongCredentials = "Wrong credentials.";
    public const string TokenExpired = "The token has expired.";
    public const string TokenTooLong = "The token lives longer than tokens may.";
    public const string ForeignToken = "The token is for something else than this device.";
    public const string Disabled = "The device is disabled.";
    public const string UnfitToken = "The token has expired, lives too long, or is not for this policy.";
    public const string Nobody = "Nobody has these credentials.";
    public const string EnrolledBefore = "The device was enrolled before and removed; release its id to let it be enrolled again.";
    public const string Ambiguous =
        "The certificate fits several devices or policies, and no user name said which it is.";

    public const string Throttled = "Too many wrong credentials came from its address.";

    /// <summary>What is wrong with a certificate.</summary>
    public static string Of(CertificateFault fault) => fault switch
    {
        CertificateFault.Key => "The key of the certificate is too large.",
        CertificateFault.NotValidNow => "The certificate is not valid now.",
        CertificateFault.Usage => "The certificate is not for TLS clients.",
        CertificateFault.NotTrusted => "No registered authority has signed the certificate.",
        CertificateFault.Outlived => "The certificate was issued to an earlier device of this id, which was removed.",
        CertificateFault.Revoked => "The certificate was revoked.",
        CertificateFault.ListExpired => "The revocation list of the authority that signed the certificate is out of date.",
        _ => WrongCredentials,
    };
}
