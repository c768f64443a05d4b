namespace Restante.Core.Storage;

/// <summary>Where consumer groups stand. A group exists as long as it has a checkpoint.</summary>
public interface ICheckpointStore
{
    /// <summary>The names of all groups in ordinal order.</summary>
    ValueTask<IReadOnlyList<string>> ListGroupsAsync();

    /// <summary>The checkpoints of a group in the order of partitions; empty when there is no such group.</summary>
    ValueTask<IReadOnlyList<Checkpoint>> ReadAsync(string group);

    /// <summary>
    /// Sets checkpoints as <see cref="WriteAsync"/> does. A group that no policy has begun counts from now on as begun by this one, until
    /// it is removed.
    /// </summary>
    ValueTask BeginAsync(ReadOnlyMemory<Checkpoint> checkpoints, string policy);

    /// <summary>How many groups the policy has begun.</summary>
    ValueTask<int> CountBegunAsync(string policy);

    /// <summary>
    /// Sets checkpoints, of one group or several, each replacing what was there; all or none. Copied before the call returns.
    /// </summary>
    ValueTask WriteAsync(ReadOnlyMemory<Checkpoint> checkpoints);

    /// <summary>Removes a group with all its checkpoints; false when there was none.</summary>
    ValueTask<bool> RemoveAsync(string group);
}
