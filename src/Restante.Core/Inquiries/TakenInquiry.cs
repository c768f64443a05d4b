using Restante.Core.Devices;

namespace Restante.Core.Inquiries;

/// <summary>An inquiry in the hands of a handler.</summary>
public sealed record TakenInquiry
{
    /// <summary>The hold on it.</summary>
    public required InquiryLease Lease { get; init; }

    /// <summary>The device that asks, as authenticated.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>The id the device gave it.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about.</summary>
    public required string Subject { get; init; }

    /// <summary>The question.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>When it was asked, in milliseconds since the Unix epoch.</summary>
    public required long AskedAtMs { get; init; }

    /// <summary>From when on no answer is taken.</summary>
    public required long DeadlineMs { get; init; }

    /// <summary>When the lease lapses.</summary>
    public required long LeasedUntilMs { get; init; }

    /// <summary>How many answers it has had, of an earlier handler that gave it back.</summary>
    public required int Answers { get; init; }

    /// <summary>Its name at the gateway.</summary>
    public InquiryNumber Number => Lease.Number;

    /// <summary>How often it has been handed out, this time included.</summary>
    public int DeliveryCount => Lease.DeliveryCount;
}
