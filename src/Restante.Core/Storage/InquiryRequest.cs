using Restante.Core.Selection;

namespace Restante.Core.Storage;

/// <summary>A handler's wish for inquiries.</summary>
/// <param name="Subject">About what.</param>
/// <param name="Handler">The policy that asks for them.</param>
/// <param name="MaxInquiries">How many at the most; at least 1.</param>
/// <param name="MaxBytes">Stop after this many bytes of content; at least one is handed out if there is one.</param>
/// <param name="NowMs">The time.</param>
/// <param name="LeaseDurationMs">How long the leases hold.</param>
public readonly record struct InquiryRequest(
    string Subject, string Handler, int MaxInquiries, int MaxBytes, long NowMs, long LeaseDurationMs)
{
    /// <summary>Whose inquiries: those of the devices that belong to it now; null for all.</summary>
    public AudienceQuery? Audience { get; init; }
}
