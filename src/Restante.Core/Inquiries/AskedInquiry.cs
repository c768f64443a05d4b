namespace Restante.Core.Inquiries;

/// <summary>The receipt for a question.</summary>
/// <param name="Inquiry">The inquiry; for a duplicate as it stands now, perhaps ended.</param>
/// <param name="IsDuplicate">True when the device had asked it before and nothing was changed.</param>
public sealed record AskedInquiry(InquiryRecord Inquiry, bool IsDuplicate);
