using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>What is needed to find out who gets a notification.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Audience">For whom: the text of an audience query.</param>
/// <param name="ExpiresAtMs">Its expiry.</param>
public readonly record struct ActiveNotification(Sequence Sequence, string Audience, long ExpiresAtMs);
