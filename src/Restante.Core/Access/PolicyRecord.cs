namespace Restante.Core.Access;

/// <summary>A named access policy of services or operators.</summary>
/// <param name="Name">1 to 64 characters out of A-Z a-z 0-9 . _ -.</param>
/// <param name="Rights">What it allows.</param>
/// <param name="Primary">The first of its two live credentials, a key or a thumbprint.</param>
/// <param name="Secondary">The second of them.</param>
/// <param name="CreatedAtMs">When it was created, in milliseconds since the Unix epoch.</param>
public sealed record PolicyRecord(string Name, Rights Rights, Credential Primary, Credential Secondary, long CreatedAtMs)
{
    /// <summary>What of the gateway it reaches; null for all.</summary>
    public PolicyScope? Scope { get; init; }
}
