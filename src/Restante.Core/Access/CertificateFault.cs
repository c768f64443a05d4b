namespace Restante.Core.Access;

/// <summary>What is wrong with a certificate. Told to operators only.</summary>
internal enum CertificateFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It is no certificate that could be read.</summary>
    Unreadable,

    /// <summary>Its key is larger than keys are, and nothing is checked with it.</summary>
    Key,

    /// <summary>It, or one it rests on, is not valid yet or not any more.</summary>
    NotValidNow,

    /// <summary>Its key usage or extended key usage is not that of a TLS client.</summary>
    Usage,

    /// <summary>No registered and verified authority has signed it, or not in a way that holds.</summary>
    NotTrusted,

    /// <summary>The gateway has issued it to an earlier device of that id, which was removed.</summary>
    Outlived,

    /// <summary>It, or one it rests on, was revoked.</summary>
    Revoked,

    /// <summary>The revocation list of an authority it rests on is out of date.</summary>
    ListExpired,
}
