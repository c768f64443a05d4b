namespace Restante.Contracts;

/// <summary>An inquiry that ended without a handler's doing.</summary>
public sealed record EndedInquiryView
{
    /// <summary>Its place in the feed.</summary>
    public required long Number { get; init; }

    /// <summary>The inquiry's name at the gateway.</summary>
    public required string Inquiry { get; init; }

    /// <summary>The device that asked.</summary>
    public required string Device { get; init; }

    /// <summary>The id that the device gave it.</summary>
    public required string InquiryId { get; init; }

    /// <summary>The subject it was asked under.</summary>
    public required string Subject { get; init; }

    /// <summary><c>expired</c>, <c>cancelled</c>, <c>undeliverable</c> or <c>device-removed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The policy that was handed it last; absent when nobody was.</summary>
    public string? Handler { get; init; }

    /// <summary>How many answers it had.</summary>
    public required int Answers { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset At { get; init; }
}
