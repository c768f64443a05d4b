namespace Restante.Core.Audit;

/// <summary>What the audit log holds after a place.</summary>
/// <param name="Records">The entries in their order.</param>
/// <param name="Skipped">Entries after the asked place that retention has dropped.</param>
public sealed record AuditPage(IReadOnlyList<AuditRecord> Records, long Skipped);
