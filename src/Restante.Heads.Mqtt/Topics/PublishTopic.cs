using Restante.Core.Mailboxes;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>A topic as <see cref="TopicTable"/> understood it. A view of the topic's bytes.</summary>
internal readonly ref struct PublishTopic
{
    /// <summary>What it is for.</summary>
    public TopicKind Kind { get; init; }

    /// <summary>Why it is refused; null when it is not.</summary>
    public string? Problem { get; init; }

    /// <summary>The telemetry channel or the subject of an inquiry, not yet checked; empty for none.</summary>
    public ReadOnlySpan<byte> Channel { get; init; }

    /// <summary>The property bag of 3.1.1, without its question mark; empty for none.</summary>
    public ReadOnlySpan<byte> Bag { get; init; }

    /// <summary>Which hand-out is settled.</summary>
    public LeaseId Lease { get; init; }

    /// <summary>How it is settled.</summary>
    public SettleVerb Verb { get; init; }

    /// <summary>Which command is reported on.</summary>
    public Sequence Command { get; init; }

    /// <summary>Whether it is the last report.</summary>
    public bool IsFinal { get; init; }

    /// <summary>The device's id of the inquiry, not yet checked.</summary>
    public ReadOnlySpan<byte> Inquiry { get; init; }

    /// <summary>The device behind this one that it is for, not yet checked; empty for the device itself.</summary>
    public ReadOnlySpan<byte> Child { get; init; }
}
