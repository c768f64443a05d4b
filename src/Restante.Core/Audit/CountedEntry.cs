namespace Restante.Core.Audit;

/// <summary>An entry that stands for one act or for several like it.</summary>
/// <param name="Entry">The last of them.</param>
/// <param name="Count">How many there were.</param>
/// <param name="FirstMs">When the first one was, in milliseconds since the Unix epoch.</param>
/// <param name="AtMs">When the last one was.</param>
internal readonly record struct CountedEntry(AuditEntry Entry, int Count, long FirstMs, long AtMs)
{
    /// <summary>One act.</summary>
    public static CountedEntry One(AuditEntry entry, long nowMs) => new(entry, 1, nowMs, nowMs);
}
