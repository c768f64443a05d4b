namespace Restante.Contracts;

/// <summary>An issuer of the gateway's own.</summary>
public sealed record IssuerView
{
    /// <summary>Its name, and that of the authority it is.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is the one that issues: the newest that has not ended.</summary>
    public required bool Current { get; init; }

    /// <summary>Whom its certificate names.</summary>
    public required string Subject { get; init; }

    /// <summary>The SHA-256 of its certificate in hexadecimal digits.</summary>
    public required string Thumbprint { get; init; }

    /// <summary>When its certificate ends.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Its revocation list.</summary>
    public RevocationListView? RevocationList { get; init; }

    /// <summary>Its certificate as PEM.</summary>
    public required string Certificate { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
