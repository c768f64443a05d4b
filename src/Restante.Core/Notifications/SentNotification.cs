using Restante.Core.Mailboxes;

namespace Restante.Core.Notifications;

/// <summary>A notification that was accepted.</summary>
/// <param name="Sequence">Its place, by which it is named.</param>
/// <param name="ExpiresAtMs">When it expires.</param>
/// <param name="IsDuplicate">True when it had been accepted before; the rest is about the first one.</param>
/// <param name="MatchesNobody">
/// True when no device belongs to its audience now. One that will gets it. For a duplicate nobody is looked for, and it is false.
/// </param>
public sealed record SentNotification(Sequence Sequence, long ExpiresAtMs, bool IsDuplicate, bool MatchesNobody);
