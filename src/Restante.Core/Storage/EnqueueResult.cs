using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What became of one message.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Sequence">Its place; 0 unless enqueued.</param>
/// <param name="Device">The device, if it was found.</param>
/// <param name="Depth">How many messages the mailbox holds now.</param>
public readonly record struct EnqueueResult(EnqueueStatus Status, Sequence Sequence, DeviceNumber Device, int Depth);

/// <summary>Whether a message was taken.</summary>
public enum EnqueueStatus
{
    /// <summary>It is in the mailbox, durably.</summary>
    Enqueued,

    /// <summary>There is no such device.</summary>
    DeviceNotFound,

    /// <summary>The mailbox holds as many messages as it may.</summary>
    MailboxFull,

    /// <summary>The mailbox holds as many bytes as it may.</summary>
    MailboxBytesFull,
}
