using System.Globalization;
using Restante.Core.Mailboxes;

namespace Restante.Core.Inquiries;

/// <summary>
/// The gateway's own name of one inquiry, unique in the store, starting at 1. Its decimal text is what handlers know the inquiry by; the
/// device knows it by the id it gave.
/// </summary>
public readonly record struct InquiryNumber(long Value)
{
    /// <summary>Reads the decimal text form.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out InquiryNumber number)
    {
        bool valid = Sequence.TryParse(text, out Sequence parsed);
        number = new InquiryNumber(parsed.Value);
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
