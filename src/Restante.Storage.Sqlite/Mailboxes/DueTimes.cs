namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>
/// The instants at which something was written that is past its retention. What lies further ahead than a retention was written while the
/// clock was wrong: it counts as due, as it would keep what was written after it for as long.
/// </summary>
/// <param name="UntilMs">Up to this one.</param>
/// <param name="AfterMs">And after this one.</param>
internal readonly record struct DueTimes(long UntilMs, long AfterMs)
{
    /// <summary>Those of a retention, at a time.</summary>
    public static DueTimes Of(long nowMs, long retentionMs) => new(nowMs - retentionMs, nowMs + retentionMs);

    /// <summary>Whether an instant is one of them.</summary>
    public bool Has(long atMs) => atMs <= UntilMs || atMs > AfterMs;
}
