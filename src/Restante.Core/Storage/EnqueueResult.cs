using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What became of one message.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Sequence">Its place, or that of the first one for a duplicate; 0 when it was refused.</param>
/// <param name="Device">The device, if it was found.</param>
/// <param name="Depth">How many messages the mailbox holds now.</param>
/// <param name="Replaced">What it replaced, ended as cancelled; null for nothing.</param>
public readonly record struct EnqueueResult(
    EnqueueStatus Status, Sequence Sequence, DeviceNumber Device, int Depth, IReadOnlyList<EndedMessage>? Replaced = null);

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

    /// <summary>The same command was taken before, whatever has become of it since; nothing was enqueued.</summary>
    Duplicate,
}
