namespace Restante.Contracts;

/// <summary>A page of the records of issued certificates, the newest first.</summary>
public sealed record CertificatePage
{
    /// <summary>The records.</summary>
    public required IReadOnlyList<CertificateView> Items { get; init; }

    /// <summary>What to give as <c>before</c> to go on with older ones; absent at the end.</summary>
    public long? Next { get; init; }
}
