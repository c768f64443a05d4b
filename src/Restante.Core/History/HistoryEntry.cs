using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;

namespace Restante.Core.History;

/// <summary>One thing that happened to a device or to a message of it.</summary>
public readonly record struct HistoryEntry
{
    /// <summary>The longest <see cref="Detail"/>, in characters; what is longer is cut.</summary>
    public const int MaxDetailLength = 512;

    /// <summary>Whose history.</summary>
    public required DeviceId Device { get; init; }

    /// <summary>When, in milliseconds since the Unix epoch; the last of several.</summary>
    public required long AtMs { get; init; }

    /// <summary>What.</summary>
    public required HistoryEvent Event { get; init; }

    /// <summary>The message; 0 when it concerns none.</summary>
    public Sequence Sequence { get; init; }

    /// <summary>
    /// Of a message its delivery count; of refusals and folded changes how many; of a receiver that let go how many it held; else 0.
    /// </summary>
    public int Count { get; init; }

    /// <summary>
    /// Of a hand-out the end of its lease; of an issued certificate its end; of refusals and folded changes when the first of them was;
    /// else 0. In milliseconds since the Unix epoch.
    /// </summary>
    public long RelatedAtMs { get; init; }

    /// <summary>The connection.</summary>
    public ConnectionName Connection { get; init; }

    /// <summary>What else there is to say; never a secret or a payload.</summary>
    public string? Detail { get; init; }
}
