using Restante.Core.Messages;

namespace Restante.Core.Storage;

/// <summary>A notification to be stored.</summary>
public sealed record NewNotification
{
    /// <summary>For whom: the text of an audience query.</summary>
    public required string Audience { get; init; }

    /// <summary>The message, see <see cref="MessageContent"/>. The store copies it before the call returns.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>From this instant on it is never handed out.</summary>
    public required long ExpiresAtMs { get; init; }

    /// <summary>The policy that sends it.</summary>
    public required string Sender { get; init; }

    /// <summary>The sender's message-id, if it gave one; at most 256 characters.</summary>
    public string? MessageId { get; init; }
}
