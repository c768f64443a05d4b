using Restante.Core.Inquiries;

namespace Restante.Storage.Sqlite.Inquiries;

/// <summary>An inquiry as it is stored, without its content.</summary>
internal sealed record InquiryRow
{
    public required long Number { get; init; }

    public required long Device { get; init; }

    public required string DeviceId { get; init; }

    public required string Id { get; init; }

    public required string Subject { get; init; }

    public required long AskedAtMs { get; init; }

    public required long DeadlineMs { get; init; }

    public InquiryState State { get; init; }

    /// <summary>For a leased one: when its lease lapses.</summary>
    public long LeasedUntilMs { get; init; }

    public int DeliveryCount { get; init; }

    /// <summary>Who was handed it last.</summary>
    public string? Handler { get; init; }

    /// <summary>Everybody who was handed it, each name between spaces. No longer than hand-outs are allowed.</summary>
    public string Handlers { get; init; } = " ";

    public int Answers { get; init; }

    public InquiryOutcome Outcome { get; init; }

    public string? Reason { get; init; }

    public long EndedAtMs { get; init; }

    /// <summary>Its place in the feed of ended inquiries; 0 when it is not told there.</summary>
    public long EndNumber { get; init; }

    public bool HasEnded => State == InquiryState.Ended;

    /// <summary>When the sweep has to look at it.</summary>
    public long DueMs => State == InquiryState.Leased ? Math.Min(DeadlineMs, LeasedUntilMs) : DeadlineMs;

    public bool WasHandedTo(string handler) => Handlers.Contains($" {handler} ", StringComparison.Ordinal);

    public InquiryRow HandedTo(string handler, long leasedUntilMs) => this with
    {
        State = InquiryState.Leased,
        LeasedUntilMs = leasedUntilMs,
        DeliveryCount = DeliveryCount + 1,
        Handler = handler,
        Handlers = WasHandedTo(handler) ? Handlers : $"{Handlers}{handler} ",
    };

    public InquiryRow Ended(InquiryOutcome outcome, string? reason, long nowMs) => this with
    {
        State = InquiryState.Ended,
        Outcome = outcome,
        Reason = reason,
        EndedAtMs = nowMs,
    };

    public InquiryRecord ToRecord() => new()
    {
        Number = new InquiryNumber(Number),
        Device = Core.Devices.DeviceId.Parse(DeviceId),
        Id = Id,
        Subject = Subject,
        AskedAtMs = AskedAtMs,
        DeadlineMs = DeadlineMs,
        DeliveryCount = DeliveryCount,
        Handler = Handler,
        Answers = Answers,
        Outcome = HasEnded ? Outcome : null,
        Reason = Reason,
        EndedAtMs = HasEnded ? EndedAtMs : null,
    };
}

/// <summary>Where an inquiry stands.</summary>
internal enum InquiryState
{
    /// <summary>For a handler.</summary>
    Waiting = 0,

    /// <summary>Handed to a handler, until its lease lapses.</summary>
    Leased = 1,

    /// <summary>A handler has accepted or answered it.</summary>
    Kept = 2,

    /// <summary>Nothing happens to it any more.</summary>
    Ended = 3,
}
