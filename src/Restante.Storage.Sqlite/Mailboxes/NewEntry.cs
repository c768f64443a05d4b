using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Sqlite.Mailboxes;

/// <summary>A committed message on its way into the index.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Sequence">Its place.</param>
/// <param name="ExpiresAtMs">Its expiry.</param>
/// <param name="Size">Bytes of content.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Flags">What its sender wished for its end.</param>
/// <param name="NotBeforeMs">Before this instant it is not handed out; 0 for at once.</param>
/// <param name="ReplaceKey">The key by which newer ones replace it, if any.</param>
/// <param name="StoredCount">How often it had been handed out before the start; 0 for a new one.</param>
internal readonly record struct NewEntry(
    long Device,
    long Sequence,
    long ExpiresAtMs,
    int Size,
    MessageKind Kind = MessageKind.Command,
    MessageFlags Flags = MessageFlags.None,
    long NotBeforeMs = 0,
    string? ReplaceKey = null,
    int StoredCount = 0)
{
    public static NewEntry Of(long device, long sequence, EnqueueItem item, int size) =>
        new(device, sequence, item.ExpiresAtMs, size, item.Kind, item.Flags, item.NotBeforeMs, item.ReplaceKey);
}
