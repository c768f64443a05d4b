namespace Restante.Contracts;

/// <summary>An inquiry handed to a handler.</summary>
public sealed record InquiryView : MessageParts
{
    /// <summary>Its name at the gateway, to answer under.</summary>
    public required string Id { get; init; }

    /// <summary>Names this hand-out, for settling it.</summary>
    public required string Lease { get; init; }

    /// <summary>The authenticated device that asks.</summary>
    public required string Device { get; init; }

    /// <summary>The id that the device gave it.</summary>
    public required string InquiryId { get; init; }

    /// <summary>The subject it was asked under.</summary>
    public required string InquirySubject { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>From when on no answer is taken.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>Until when it must be answered, settled or renewed; then another handler gets it.</summary>
    public required DateTimeOffset LeasedUntil { get; init; }

    /// <summary>How often it has been handed out, this time included.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>How many answers it has had, of an earlier handler that gave it back.</summary>
    public required int Answers { get; init; }
}
