using Restante.Core.Devices;
using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>What became of an answer.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Number">Its place among the answers; 0 unless it is there.</param>
/// <param name="Inquiry">The inquiry after the call; null when there is none.</param>
/// <param name="Device">The device that asked.</param>
public readonly record struct AnswerResult(AnswerStatus Status, int Number, InquiryRecord? Inquiry, DeviceNumber Device);

/// <summary>Whether an answer was taken.</summary>
public enum AnswerStatus
{
    /// <summary>It is in the device's mailbox, durably.</summary>
    Stored,

    /// <summary>There was an answer with that number; nothing was changed.</summary>
    Duplicate,

    /// <summary>There is no such inquiry, or it is kept no more.</summary>
    NotFound,

    /// <summary>The policy was never handed it.</summary>
    NotHanded,

    /// <summary>It has ended.</summary>
    Ended,

    /// <summary>Another handler keeps it.</summary>
    KeptByOther,

    /// <summary>There are as many answers to it as are allowed.</summary>
    TooMany,

    /// <summary>The answers before it are missing.</summary>
    Gap,

    /// <summary>The mailbox holds as many messages as it may; the inquiry stays as it was.</summary>
    MailboxFull,

    /// <summary>The mailbox holds as many bytes as it may; the inquiry stays as it was.</summary>
    MailboxBytesFull,
}
