using Restante.Core.Messages;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>What a receiver gets of a message besides what the index knows.</summary>
internal sealed record StoredContent(MessageKind Kind, string? MessageId, string Sender, long EnqueuedAtMs, byte[] Content);
