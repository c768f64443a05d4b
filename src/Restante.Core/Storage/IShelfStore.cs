using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>
/// The dead-letter shelf of each device. Messages that end as <c>rejected</c> or <c>undeliverable</c>, and as <c>expired</c> where their
/// sender wished it, are put there in the transaction that ends them; bounded by <see cref="MailboxLimits.MaxShelved"/> and
/// <see cref="MailboxLimits.ShelfRetentionMs"/>. The shelf goes with its device.
/// </summary>
public interface IShelfStore
{
    /// <summary>Lists what is on the shelf of a device, in the order of sequence.</summary>
    /// <param name="device">Whose shelf.</param>
    /// <param name="after">The message to go on after; 0 to begin.</param>
    /// <param name="max">How many at the most, at least 1.</param>
    ValueTask<IReadOnlyList<ShelvedMessage>> ListAsync(DeviceNumber device, Sequence after, int max);

    /// <summary>Finds one message on the shelf of a device; null when it is not there.</summary>
    ValueTask<ShelvedMessage?> FindAsync(DeviceNumber device, Sequence sequence);

    /// <summary>Takes one message off the shelf for good; false when it was not there.</summary>
    ValueTask<bool> DeleteAsync(DeviceNumber device, Sequence sequence);

    /// <summary>Empties the shelf of a device. Returns how many messages were on it.</summary>
    ValueTask<int> DeleteAllAsync(DeviceNumber device);

    /// <summary>
    /// Puts a message off the shelf into the mailbox again, at its end and as a new message that names the old one as its origin, in one
    /// transaction.
    /// When the mailbox refuses it, it stays on the shelf.
    /// </summary>
    /// <param name="device">Whose shelf.</param>
    /// <param name="sequence">Which message.</param>
    /// <param name="expiresAtMs">The expiry of the new message.</param>
    /// <param name="nowMs">The time.</param>
    /// <returns>What became of the new message; null when the old one is not on the shelf.</returns>
    ValueTask<EnqueueResult?> ResendAsync(DeviceNumber device, Sequence sequence, long expiresAtMs, long nowMs);
}
