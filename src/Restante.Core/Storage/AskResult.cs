using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>What became of a question.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Inquiry">The inquiry of that id; null unless it is there.</param>
/// <param name="FirstEndsAtMs">With <see cref="AskStatus.TooManyLive"/>: when the first of the certificates ends; else 0.</param>
public readonly record struct AskResult(AskStatus Status, InquiryRecord? Inquiry, long FirstEndsAtMs = 0);

/// <summary>Whether a question was taken.</summary>
public enum AskStatus
{
    /// <summary>It waits for a handler, durably.</summary>
    Asked,

    /// <summary>The device has asked under this id before; nothing was changed.</summary>
    Duplicate,

    /// <summary>There is no such device (any more).</summary>
    DeviceNotFound,

    /// <summary>The device has as many open inquiries as it may.</summary>
    TooManyOpen,

    /// <summary>As many inquiries wait for a handler of the subject as may.</summary>
    SubjectFull,

    /// <summary>As many certificates of the device are valid as may.</summary>
    TooManyLive,

    /// <summary>The mailbox holds as many messages as it may, so that the answer has no room.</summary>
    MailboxFull,

    /// <summary>The mailbox holds as many bytes as it may, so that the answer has no room.</summary>
    MailboxBytesFull,
}
