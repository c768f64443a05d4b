namespace Restante.System.Tests.Rounds;

/// <summary>One line of the history: an act with the time in which it happened, in milliseconds of the tester's own steady clock.</summary>
internal sealed record Entry
{
    public required Act Act { get; init; }

    /// <summary>When it was begun. Of what was received: an instant before which the gateway has not written it.</summary>
    public required double From { get; init; }

    /// <summary>When it was known to have ended.</summary>
    public required double To { get; init; }

    public Reply Reply { get; init; }

    /// <summary>The device it is about.</summary>
    public string Device { get; init; } = string.Empty;

    /// <summary>The testers' own name of the message; it stands in its body.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>The gateway's id of the message; 0 where it was not told.</summary>
    public long Id { get; init; }

    /// <summary><c>command</c>, <c>notification</c> or <c>answer</c>.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>
    /// The verb of a settling, an outcome, the protocol of a connection, the counter of a state, or the words of a refusal.
    /// </summary>
    public string Word { get; init; } = string.Empty;

    /// <summary>The connection of the device, in the order in which they were begun.</summary>
    public int Connection { get; init; }

    /// <summary>The life that was given to a message, in milliseconds; 0 for the usual one.</summary>
    public double LifeMs { get; init; }

    /// <summary>The instant before which it must not be handed out, by the clock of the gateway; 0 for none.</summary>
    public double NotBeforeMs { get; init; }

    /// <summary>The replace-key of a command.</summary>
    public string? ReplaceKey { get; init; }

    /// <summary>The place in a stream or feed, a counter, or the number of an answer or report.</summary>
    public long Number { get; init; }

    /// <summary>The partition of telemetry.</summary>
    public int Partition { get; init; }
}
