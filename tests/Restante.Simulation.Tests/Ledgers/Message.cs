using System.Globalization;
using Restante.Core.Mailboxes;

namespace Restante.Simulation.Tests.Ledgers;

/// <summary>What is known outside of the gateway of one message to one device.</summary>
internal sealed class Message
{
    public required string Id { get; init; }

    public required string Device { get; init; }

    /// <summary>The devices of that name it may have been sent to: a device that is removed and created again is another one.</summary>
    public required int FirstGeneration { get; init; }

    public int LastGeneration { get; set; } = int.MaxValue;

    public required long ExpiresAtMs { get; init; }

    public long NotBeforeMs { get; init; }

    public bool IsNotification { get; init; }

    public bool IsAnswer { get; init; }

    /// <summary>The service with a scope has sent it.</summary>
    public bool IsScoped { get; set; }

    /// <summary>Of a notification of that service: the zones it was for; null when it was for all.</summary>
    public string? Zones { get; init; }

    /// <summary>Of a notification of that service: when it was sent.</summary>
    public long SentMs { get; init; }

    public bool IsCommand => !IsNotification && !IsAnswer;

    /// <summary>The step in which it was first sent.</summary>
    public long SentStep { get; init; }

    /// <summary>What it takes the place of, unless that is in hand.</summary>
    public IReadOnlyList<Message> Replaces { get; set; } = [];

    /// <summary>Durably taken: the gateway said so.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>How often it was sent.</summary>
    public int Tries { get; set; }

    /// <summary>
    /// Refused for good: the gateway said so. What was sent again may be refused, as expired by a clock that is ahead, and be there from
    /// the time before.
    /// </summary>
    public bool IsRefused { get; set; }

    /// <summary>Somebody asked to take it back, or sent another in its place.</summary>
    public bool MayBeCancelled { get; set; }

    /// <summary>Somebody asked to remove the device.</summary>
    public bool MayBeRemoved { get; set; }

    /// <summary>The gateway said, in this step, that it has been taken back.</summary>
    public long? CancelledStep { get; set; }

    public bool AcceptSent { get; set; }

    public bool RejectSent { get; set; }

    /// <summary>The gateway confirmed, in this step, that it was accepted.</summary>
    public long? AcceptedStep { get; set; }

    /// <summary>The gateway confirmed, in this step, that it was rejected.</summary>
    public long? RejectedStep { get; set; }

    public long? Sequence { get; set; }

    public int Deliveries { get; set; }

    /// <summary>The reports that its device sent.</summary>
    public int Reports { get; set; }

    /// <summary>Of what has no outcome in the feed: the gateway said that it could not be delivered.</summary>
    public bool IsUndeliverable { get; set; }

    public OutcomeRecord? Outcome { get; set; }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Id} (place {(Sequence is long place ? place : "unknown")}, to {Device})");
}
