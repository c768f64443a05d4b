namespace Restante.Cli.Bulk;

/// <summary>What an import came to, for scripts.</summary>
/// <param name="Lines">How many lines were read.</param>
/// <param name="Created">Devices that were created.</param>
/// <param name="Changed">Devices that were changed.</param>
/// <param name="Unchanged">Devices that were as their line says.</param>
/// <param name="Failed">Lines that were refused.</param>
/// <param name="FailedFile">Where those lines are; null when none were kept.</param>
internal sealed record ImportSummary(long Lines, long Created, long Changed, long Unchanged, long Failed, string? FailedFile);
