using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What became of one settle.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Outcome">The terminal state it led to, if any: a release may lead to <see cref="Outcome.Undeliverable"/>.</param>
public readonly record struct SettleResult(SettleStatus Status, Outcome? Outcome);

/// <summary>Whether a settle was done.</summary>
public enum SettleStatus
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>The lease is not valid (any more): it lapsed, was settled, or never was. Nothing changed.</summary>
    LeaseLapsed,

    /// <summary>The mailbox is held by another session by now. Nothing changed.</summary>
    HeldByOther,
}
