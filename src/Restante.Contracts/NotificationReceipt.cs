namespace Restante.Contracts;

/// <summary>
/// The receipt for a notification: it is stored durably, and offered to every device of its audience that holds its mailbox.
/// </summary>
public sealed record NotificationReceipt
{
    /// <summary>Its id, for <c>/v1/notifications/{id}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>When it expires.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// True when no device belongs to the audience now. One that will gets it. Nobody is looked for when it had been sent before.
    /// </summary>
    public required bool MatchesNobody { get; init; }

    /// <summary>True when it had been sent before; the rest is about the first one.</summary>
    public required bool IsDuplicate { get; init; }
}
