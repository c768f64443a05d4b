namespace Restante.Contracts;

/// <summary>The receipt for an inquiry: it is stored durably, and the answers come through the mailbox.</summary>
public sealed record InquiryReceipt
{
    /// <summary>The device's id of it, which the answers carry as correlation-id.</summary>
    public required string Id { get; init; }

    /// <summary>What it is about.</summary>
    public required string Subject { get; init; }

    /// <summary>When it was asked.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>From when on no answer is taken.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>How many answers it has had.</summary>
    public required int Answers { get; init; }

    /// <summary>
    /// <c>answered</c>, <c>expired</c>, <c>cancelled</c>, <c>rejected</c> or <c>undeliverable</c>; absent while it is open.
    /// </summary>
    public string? Outcome { get; init; }

    /// <summary>Why it ended so.</summary>
    public string? Reason { get; init; }

    /// <summary>True when it had been asked before and nothing was changed.</summary>
    public required bool IsDuplicate { get; init; }
}
