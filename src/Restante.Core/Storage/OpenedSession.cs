using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>A mailbox that was taken.</summary>
/// <param name="Epoch">The new epoch.</param>
/// <param name="Ended">What of the previous holder's messages could not wait again.</param>
public readonly record struct OpenedSession(SessionEpoch Epoch, IReadOnlyList<EndedMessage> Ended);
