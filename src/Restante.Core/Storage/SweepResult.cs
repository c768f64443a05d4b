using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What a sweep did.</summary>
/// <param name="Ended">Messages that ended: past their expiry, or because their last lease lapsed.</param>
/// <param name="Lapses">Leases that lapsed, also those of messages that ended with them.</param>
/// <param name="OutcomesDropped">How many outcomes passed their retention.</param>
/// <param name="ShelvedDropped">How many shelved messages passed theirs.</param>
/// <param name="DevicesWithMail">Devices whose mailbox has messages to hand out again, or that have become due.</param>
/// <param name="More">True when there is more to do at the same instant.</param>
public sealed record SweepResult(
    IReadOnlyList<EndedMessage> Ended,
    IReadOnlyList<LapsedLease> Lapses,
    int OutcomesDropped,
    int ShelvedDropped,
    IReadOnlyList<DeviceNumber> DevicesWithMail,
    bool More)
{
    /// <summary>How many messages ended as <c>expired</c>.</summary>
    public int Expired => Ended.Count(e => e.Outcome == Outcome.Expired);

    /// <summary>How many ended as <c>undeliverable</c>.</summary>
    public int Undeliverable => Ended.Count(e => e.Outcome == Outcome.Undeliverable);

    /// <summary>How many leases lapsed.</summary>
    public int Lapsed => Lapses.Count;
}
