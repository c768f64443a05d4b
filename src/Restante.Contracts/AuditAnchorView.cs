namespace Restante.Contracts;

/// <summary>Where the audit log stands.</summary>
public sealed record AuditAnchorView
{
    /// <summary>The number of the newest entry; 0 when there never was one.</summary>
    public required long Number { get; init; }

    /// <summary>The SHA-256 of its line.</summary>
    public required string Hash { get; init; }
}
