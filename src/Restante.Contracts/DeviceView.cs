using System.Text.Json;

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

    /// <summary>What services keep about it.</summary>
    public required JsonElement Tags { get; init; }

    /// <summary>The groups it belongs to.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The device that may act for it as its field gateway; absent for none.</summary>
    public string? Gateway { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was last changed.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Counts the changes; also the entity tag, for <c>If-Match</c>.</summary>
    public required long Version { get; init; }

    /// <summary>Its keys; only in the answer to its creation.</summary>
    public DeviceKeys? Keys { get; init; }
}
