namespace Restante.Cli.Bulk;

/// <summary>What an export was asked to do.</summary>
/// <param name="Path">The request.</param>
/// <param name="File">Where to; null for standard output.</param>
/// <param name="Resume">Whether to go on where an export into this file broke off.</param>
/// <param name="Patience">How long a gateway that is away is waited for.</param>
internal sealed record ExportWishes(string Path, string? File, bool Resume, TimeSpan Patience);
