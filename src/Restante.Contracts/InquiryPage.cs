namespace Restante.Contracts;

/// <summary>Inquiries handed to a handler.</summary>
public sealed record InquiryPage
{
    /// <summary>The inquiries, oldest first; none when there were none within the wait.</summary>
    public required IReadOnlyList<InquiryView> Items { get; init; }
}
