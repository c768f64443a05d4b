using Restante.Core.Devices;
using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A message for a mailbox.</summary>
public sealed record EnqueueItem
{
    /// <summary>Whose mailbox.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>What it is.</summary>
    public required MessageKind Kind { get; init; }

    /// <summary>The message, see <see cref="MessageContent"/>. The store copies it before the call returns.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>After this instant it is never handed out; <see cref="long.MaxValue"/> for never.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>The sender's message-id, if it gave one; at most 256 characters.</summary>
    public string? MessageId { get; init; }

    /// <summary>The policy that sends it.</summary>
    public required string Sender { get; init; }
}
