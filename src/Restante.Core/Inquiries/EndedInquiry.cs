using Restante.Core.Devices;

namespace Restante.Core.Inquiries;

/// <summary>
/// What handlers are told of an inquiry that ended without their doing: it expired, was cancelled, undeliverable, or its device was
/// removed.
/// </summary>
public sealed record EndedInquiry
{
    /// <summary>Its place in the feed of its subject, starting at 1, without gaps at the time of writing.</summary>
    public required long Number { get; init; }

    /// <summary>The inquiry.</summary>
    public required InquiryNumber Inquiry { get; init; }

    /// <summary>The device that asked.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>The id the device gave it.</summary>
    public required string Id { get; init; }

    /// <summary>What it was about.</summary>
    public required string Subject { get; init; }

    /// <summary>How it ended.</summary>
    public required InquiryOutcome Outcome { get; init; }

    /// <summary>The policy that was handed it last; null when nobody was.</summary>
    public string? Handler { get; init; }

    /// <summary>How many answers it had.</summary>
    public required int Answers { get; init; }

    /// <summary>When it ended, in milliseconds since the Unix epoch.</summary>
    public required long AtMs { get; init; }
}
