using System.Globalization;
using Restante.Core.Mailboxes;

namespace Restante.Core.Inquiries;

/// <summary>
/// Names one hand-out of one inquiry to a handler: the inquiry and how often it had been handed out by then. A lease that lapsed or was
/// released is never valid again. Text form: <c>number-count</c>.
/// </summary>
public readonly record struct InquiryLease(InquiryNumber Number, int DeliveryCount)
{
    /// <summary>Reads the text form.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InquiryLease lease)
    {
        bool valid = LeaseId.TryParse(text, out LeaseId parsed);
        lease = new InquiryLease(new InquiryNumber(parsed.Sequence.Value), parsed.DeliveryCount);
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number.Value}-{DeliveryCount}");
}
