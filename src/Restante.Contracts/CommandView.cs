namespace Restante.Contracts;

/// <summary>Where a command is: waiting, in the device's hands, or ended.</summary>
public sealed record CommandView
{
    /// <summary>The command's id.</summary>
    public required string Id { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary><c>waiting</c>, <c>leased</c> (handed to the device and not settled yet) or <c>ended</c>.</summary>
    public required string State { get; init; }

    /// <summary>The sender's own id of the message.</summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sent it.</summary>
    public required string Sender { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>When it expires; absent once it ended.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How often it has been handed out.</summary>
    public required int DeliveryCount { get; init; }

    /// <summary>Until when the device holds it; only while it is leased.</summary>
    public DateTimeOffset? LeasedUntil { get; init; }

    /// <summary>How it ended; only when it has.</summary>
    public OutcomeView? Outcome { get; init; }

    /// <summary>Before this instant it is not handed out; absent for at once, and once it ended.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The key by which newer commands replace it; absent for none, and once it ended.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>Until when the device may report on it; absent for the gateway's own rule.</summary>
    public DateTimeOffset? ReportsUntil { get; init; }

    /// <summary>The message off the dead-letter shelf that it sends again; absent for none.</summary>
    public string? ResendOf { get; init; }

    /// <summary>The job that sent it; absent for none.</summary>
    public string? Job { get; init; }

    /// <summary>The final report on it; only where it was waited for.</summary>
    public ReportView? Report { get; init; }
}
