namespace Restante.Core.Mailboxes;

/// <summary>The receipt for a message that was taken.</summary>
/// <param name="Sequence">Its place, and as text its id.</param>
/// <param name="ExpiresAtMs">When it expires.</param>
/// <param name="Depth">How many messages the mailbox holds now.</param>
public readonly record struct SentMessage(Sequence Sequence, long ExpiresAtMs, int Depth);
