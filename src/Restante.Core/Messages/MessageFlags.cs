namespace Restante.Core.Messages;

/// <summary>What the sender wishes for the end of a message. Stored with it and with its outcome.</summary>
[Flags]
public enum MessageFlags
{
    /// <summary>Nothing beyond what is done for every message.</summary>
    None = 0,

    /// <summary>The outcome is not told in the feed of outcomes; it can be looked up all the same.</summary>
    OutcomeNotWanted = 1,

    /// <summary>When it expires it goes to the dead-letter shelf, as rejected and undeliverable messages do anyway.</summary>
    ShelveExpired = 2,
}
