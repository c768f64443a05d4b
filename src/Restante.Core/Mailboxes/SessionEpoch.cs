namespace Restante.Core.Mailboxes;

/// <summary>
/// Which ownership of a mailbox is meant. Every attach raises it; a lease or settle that carries an older epoch is refused,
/// so a holder that has been taken over can no longer settle. Starts at 1.
/// </summary>
public readonly record struct SessionEpoch(long Value);
