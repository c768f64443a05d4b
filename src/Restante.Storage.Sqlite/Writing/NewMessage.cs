using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Writing;

/// <summary>A message about to be written.</summary>
internal readonly record struct NewMessage(long Device, EnqueueItem Item, byte[] Content, long EnqueuedAtMs);
