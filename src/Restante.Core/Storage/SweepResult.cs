using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What a sweep did.</summary>
/// <param name="Expired">How many messages ended as <c>expired</c>.</param>
/// <param name="Undeliverable">How many ended as <c>undeliverable</c> because their last lease lapsed.</param>
/// <param name="Lapsed">How many leases lapsed.</param>
/// <param name="OutcomesDropped">How many outcomes passed their retention.</param>
/// <param name="DevicesWithMail">Devices whose mailbox has messages to hand out again.</param>
/// <param name="More">True when there is more to do at the same instant.</param>
public sealed record SweepResult(
    int Expired, int Undeliverable, int Lapsed, int OutcomesDropped, IReadOnlyList<DeviceNumber> DevicesWithMail, bool More);
