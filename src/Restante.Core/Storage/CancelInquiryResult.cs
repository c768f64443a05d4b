using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>What became of a device's wish to take an inquiry back.</summary>
/// <param name="WasOpen">True when this call ended it.</param>
/// <param name="Inquiry">The inquiry after the call; null when the device has none of that id.</param>
public readonly record struct CancelInquiryResult(bool WasOpen, InquiryRecord? Inquiry);
