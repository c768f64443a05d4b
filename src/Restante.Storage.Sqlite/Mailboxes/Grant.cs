namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>An entry just leased; <paramref name="Content"/> is null when it has to be read.</summary>
internal readonly record struct Grant(
    int Entry, long Sequence, long ExpiresAtMs, int DeliveryCount, long UntilMs, StoredContent? Content, bool IsOffered = false);
