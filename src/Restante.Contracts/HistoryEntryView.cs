namespace Restante.Contracts;

/// <summary>One thing that happened to a device or a message of it.</summary>
public sealed record HistoryEntryView
{
    /// <summary>Its place among all entries; later ones have higher places.</summary>
    public required long Place { get; init; }

    /// <summary>When; the last of several.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// <c>created</c>, <c>changed</c>, <c>removed</c>, <c>connected</c>, <c>refused</c>, <c>taken-over</c>, <c>disconnected</c>,
    /// <c>detached</c>, <c>handed-out</c>, <c>released</c>, <c>lapsed</c>, <c>returned</c> or <c>folded</c>.
    /// </summary>
    public required string Event { get; init; }

    /// <summary>The id of the message, where it concerns one.</summary>
    public string? Message { get; init; }

    /// <summary>Of a message its delivery count, of refusals and folded changes how many.</summary>
    public int? Count { get; init; }

    /// <summary>Of refusals and folded changes when the first of them was.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Of a hand-out by when it is to be settled.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary><c>amqp</c>, <c>mqtt</c> or <c>https</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>The number of the connection, as in the log.</summary>
    public long? Connection { get; init; }

    /// <summary>The address of the other end.</summary>
    public string? Peer { get; init; }

    /// <summary>What else there is to say.</summary>
    public string? Detail { get; init; }

    /// <summary>All of it as a sentence.</summary>
    public required string Text { get; init; }
}
