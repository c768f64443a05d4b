using Restante.Core.Devices;
using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>What became of a settle.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Outcome">The end it led to, if any: a release may lead to <see cref="InquiryOutcome.Undeliverable"/>.</param>
/// <param name="Subject">What the inquiry is about; null unless done.</param>
/// <param name="Told">The device whose mailbox has a final answer because of it; null for none.</param>
public readonly record struct InquirySettleResult(InquirySettleStatus Status, InquiryOutcome? Outcome, string? Subject, DeviceNumber? Told);

/// <summary>Whether a settle was done.</summary>
public enum InquirySettleStatus
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>
    /// The lease is not valid (any more): it lapsed, was given back, is another handler's, or the inquiry has ended. Nothing changed.
    /// </summary>
    LeaseLapsed,

    /// <summary>The device's mailbox has no room for the answer that a rejection needs. Nothing changed.</summary>
    MailboxFull,
}
