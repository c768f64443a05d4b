using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryCheckpoints(MemoryState state) : ICheckpointStore
{
    private readonly SortedDictionary<string, SortedDictionary<int, long>> _groups = new(StringComparer.Ordinal);

    public ValueTask<IReadOnlyList<string>> ListGroupsAsync() => state.Run<IReadOnlyList<string>>(() => [.. _groups.Keys]);

    public ValueTask<IReadOnlyList<Checkpoint>> ReadAsync(string group) => state.Run<IReadOnlyList<Checkpoint>>(() =>
        _groups.TryGetValue(group, out SortedDictionary<int, long>? kept) ? [.. kept.Select(p => new Checkpoint(group, p.Key, p.Value))] : []);

    public ValueTask WriteAsync(ReadOnlyMemory<Checkpoint> checkpoints)
    {
        Checkpoint[] copy = checkpoints.ToArray();
        return state.Run(() =>
        {
            state.CheckWrite();
            foreach (Checkpoint checkpoint in copy)
            {
                if (!_groups.TryGetValue(checkpoint.Group, out SortedDictionary<int, long>? kept))
                    _groups.Add(checkpoint.Group, kept = []);
                kept[checkpoint.Partition] = checkpoint.NextSequenceNumber;
            }
        });
    }

    public ValueTask<bool> RemoveAsync(string group) => state.Run(() =>
    {
        state.CheckWrite();
        return _groups.Remove(group);
    });
}
