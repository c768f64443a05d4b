namespace Restante.Core.Notifications;

/// <summary>On which terms a notification is sent.</summary>
public sealed record NotificationTerms
{
    /// <summary>When it expires, in milliseconds since the Unix epoch; null for the default life.</summary>
    public long? ExpiresAtMs { get; init; }

    /// <summary>The sender's id of it, at most 256 characters: the same one again is not sent twice. Null for none.</summary>
    public string? MessageId { get; init; }
}
