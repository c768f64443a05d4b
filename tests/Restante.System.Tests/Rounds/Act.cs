namespace Restante.System.Tests.Rounds;

/// <summary>What somebody did or saw.</summary>
internal enum Act
{
    /// <summary>A device opened a connection; from its end on it is the holder of the mailbox.</summary>
    Connect,

    /// <summary>A service sent a command.</summary>
    Send,

    /// <summary>A service took a command back.</summary>
    Cancel,

    /// <summary>A service notified all devices.</summary>
    Notify,

    /// <summary>A service recalled a notification.</summary>
    Recall,

    /// <summary>A device asked.</summary>
    Ask,

    /// <summary>A handler was handed a question.</summary>
    Asked,

    /// <summary>A handler answered.</summary>
    Answer,

    /// <summary>A device sent telemetry.</summary>
    Telemetry,

    /// <summary>A device reported on a command.</summary>
    Report,

    /// <summary>A device changed what it reports of its state.</summary>
    Reported,

    /// <summary>A service changed what it desires of a device.</summary>
    Desired,

    /// <summary>A device was handed a message.</summary>
    Handout,

    /// <summary>A device settled a message.</summary>
    Settle,

    /// <summary>A service read how a message ended, from the feed or from a delivery report.</summary>
    Outcome,

    /// <summary>A look into a mailbox showed a message.</summary>
    Waiting,

    /// <summary>A look at a dead-letter shelf showed a message, with how it ended.</summary>
    Shelved,

    /// <summary>A look into the stream showed telemetry.</summary>
    Stored,

    /// <summary>A look into the feed showed a report.</summary>
    ReportStored,

    /// <summary>A look at a document showed one of its counters.</summary>
    StateSeen,

    /// <summary>A reader of the consumer group was handed telemetry.</summary>
    GroupRead,

    /// <summary>The reader confirmed how far it has come.</summary>
    GroupConfirmed,

    /// <summary>All that can be looked at was looked at, after a fault.</summary>
    Looked,

    /// <summary>Everything that waited was given the time to arrive.</summary>
    Drained,
}
