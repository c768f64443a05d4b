using Restante.Core.Devices;

namespace Restante.Core.Inquiries;

/// <summary>What is known of an inquiry, while it is open and until its retention ends.</summary>
public sealed record InquiryRecord
{
    /// <summary>Its name at the gateway.</summary>
    public required InquiryNumber Number { get; init; }

    /// <summary>The device that asked.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>The id the device gave it.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about.</summary>
    public required string Subject { get; init; }

    /// <summary>When it was asked, in milliseconds since the Unix epoch.</summary>
    public required long AskedAtMs { get; init; }

    /// <summary>From when on no answer is taken.</summary>
    public required long DeadlineMs { get; init; }

    /// <summary>How often it has been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>The policy that was handed it last; null when nobody was.</summary>
    public string? Handler { get; init; }

    /// <summary>How many answers it has had.</summary>
    public required int Answers { get; init; }

    /// <summary>How it ended; null while it is open.</summary>
    public InquiryOutcome? Outcome { get; init; }

    /// <summary>Why, in the words of the handler or the gateway; at most 512 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>When it ended; null while it is open.</summary>
    public long? EndedAtMs { get; init; }
}
