namespace Restante.Contracts;

/// <summary>The receipt for a command: it is stored durably and waits for the device.</summary>
public sealed record CommandReceipt
{
    /// <summary>The command's id, for <c>/v1/commands/{id}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The device.</summary>
    public required string Device { get; init; }

    /// <summary>When it expires.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How many messages the mailbox holds with this one.</summary>
    public required int Depth { get; init; }
}
