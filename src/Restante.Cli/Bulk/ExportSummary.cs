namespace Restante.Cli.Bulk;

/// <summary>What an export came to, for scripts.</summary>
/// <param name="Devices">How many devices were written.</param>
/// <param name="File">The file they are in.</param>
internal sealed record ExportSummary(long Devices, string File);
