using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What became of a notification.</summary>
/// <param name="Status">Whether it was taken.</param>
/// <param name="Sequence">Its place, or that of the first one for a duplicate; 0 when it was refused.</param>
/// <param name="ExpiresAtMs">Its expiry, or that of the first one.</param>
public readonly record struct PublishResult(PublishStatus Status, Sequence Sequence, long ExpiresAtMs);

/// <summary>Whether a notification was taken.</summary>
public enum PublishStatus
{
    /// <summary>It is stored, durably.</summary>
    Published,

    /// <summary>The same notification was taken before, whatever has become of it since; nothing was stored.</summary>
    Duplicate,

    /// <summary>As many notifications are active as may be.</summary>
    TooManyActive,

    /// <summary>As many notifications of the sender are active as is its share.</summary>
    TooManyOfSender,
}
