namespace Restante.Cli.Bulk;

/// <summary>What an import was asked to do.</summary>
internal sealed record ImportWishes
{
    /// <summary>The file; null for standard input.</summary>
    public required string? File { get; init; }

    /// <summary>Whether devices that differ are changed.</summary>
    public required bool Update { get; init; }

    /// <summary>Whether to go on where an import of this file broke off.</summary>
    public required bool Resume { get; init; }

    /// <summary>Where lines go that are refused; null for nowhere.</summary>
    public required string? FailedFile { get; init; }

    /// <summary>How long a gateway that is away is waited for.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Where the checkpoint is; null for standard input, which cannot be gone back to.</summary>
    public string? CheckpointFile => File is null ? null : File + ".progress";

    /// <summary>Where lines are whose gateway is not there yet.</summary>
    public string WaitingFile => File is null
        ? Path.Combine(Path.GetTempPath(), $"restante-import-{Environment.ProcessId}")
        : File + ".waiting";
}
