namespace Restante.Contracts;

/// <summary>A device as the registry shows it.</summary>
public sealed record DeviceView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary><c>enabled</c> or <c>disabled</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Whether it has a connection now.</summary>
    public required bool Connected { get; init; }

    /// <summary>How full its mailbox is.</summary>
    public required MailboxState Mailbox { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its status or keys were last changed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Counts the changes; also the entity tag, for <c>If-Match</c>.</summary>
    public required long Version { get; init; }

    /// <summary>Its keys; only in the answer to its creation.</summary>
    public DeviceKeys? Keys { get; init; }
}
