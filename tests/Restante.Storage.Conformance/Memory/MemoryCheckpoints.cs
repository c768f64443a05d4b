using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryCheckpoints(MemoryState state) : ICheckpointStore
{
    private readonly SortedDictionary<string, SortedDictionary<int, long>> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _begun = new(StringComparer.Ordinal);

    public ValueTask<IReadOnlyList<string>> ListGroupsAsync() => state.Run<IReadOnlyList<string>>(() => [.. _groups.Keys]);

    public ValueTask<IReadOnlyList<Checkpoint>> ReadAsync(string group) => state.Run<IReadOnlyList<Checkpoint>>(() =>
        _groups.TryGetValue(group, out SortedDictionary<int, long>? kept) ? [.. kept.Select(p => new Checkpoint(group, p.Key, p.Value))] : []);

    public ValueTask<int> CountBegunAsync(string policy) => state.Run(() => _begun.Values.Count(p => p == policy));

    public ValueTask WriteAsync(ReadOnlyMemory<Checkpoint> checkpoints) => WriteAsync(checkpoints.ToArray(), null);

    public ValueTask BeginAsync(ReadOnlyMemory<Checkpoint> checkpoints, string policy) => WriteAsync(checkpoints.ToArray(), policy);

    private ValueTask WriteAsync(Checkpoint[] checkpoints, string? beginner)
    {
        return state.Run(() =>
        {
            state.CheckWrite();
            foreach (Checkpoint checkpoint in checkpoints)
            {
                if (!_groups.TryGetValue(checkpoint.Group, out SortedDictionary<int, long>? kept))
                    _groups.Add(checkpoint.Group, kept = []);
                kept[checkpoint.Partition] = checkpoint.NextSequenceNumber;
                if (beginner is not null)
                    _begun.TryAdd(checkpoint.Group, beginner);
            }
        });
    }

    public ValueTask<bool> RemoveAsync(string group) => state.Run(() =>
    {
        state.CheckWrite();
        _begun.Remove(group);
        return _groups.Remove(group);
    });
}
