namespace Restante.Core.Access;

/// <summary>
/// What a peer's certificate rests on: every certificate of its chain that a registered authority issued, the peer's own side first. Kept
/// as long as the connection, so small.
/// </summary>
/// <param name="Links">At least one.</param>
internal sealed record AuthorityProof(IReadOnlyList<IssuedLink> Links)
{
    /// <summary>
    /// True when the certificate is known by its thumbprint: it needs no authority, and what one says counts only when it revokes it.
    /// </summary>
    public bool IsPinned { get; init; }

    /// <summary>The authority nearest to the peer.</summary>
    public string Authority => Links[0].Authority;

    /// <summary>True when an authority stands in the chain.</summary>
    public bool RestsOn(string authority) => Links.Any(l => l.Authority == authority);

    /// <summary>True when it is what the same certificates rest on.</summary>
    public bool Equals(AuthorityProof? other) => other is not null && IsPinned == other.IsPinned && Links.SequenceEqual(other.Links);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsPinned, Links[0]);
}

/// <summary>A certificate that a registered authority issued.</summary>
/// <param name="Authority">The name the authority is registered under.</param>
/// <param name="Thumbprint">The thumbprint of the authority's own certificate, as another may be registered under the name later.</param>
/// <param name="Serial">The serial number of the issued certificate in hexadecimal digits, see <see cref="SerialNumbers"/>.</param>
internal readonly record struct IssuedLink(string Authority, string Thumbprint, string Serial);
