namespace Restante.Contracts;

/// <summary>A certificate authority that may sign for devices, once it is verified.</summary>
public sealed record AuthorityView
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Whom its certificate names.</summary>
    public required string Subject { get; init; }

    /// <summary>The SHA-256 of its certificate in hexadecimal digits.</summary>
    public required string Thumbprint { get; init; }

    /// <summary>When its certificate ends.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Whether possession of its key was proved. Only then it is trusted.</summary>
    public required bool Verified { get; init; }

    /// <summary>What the common name of the certificate must be that proves possession; absent once it was proved.</summary>
    public string? VerificationCode { get; init; }

    /// <summary>Its revocation list; absent when it has none.</summary>
    public RevocationListView? RevocationList { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}
