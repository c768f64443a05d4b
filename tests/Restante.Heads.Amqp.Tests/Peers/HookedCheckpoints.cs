using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Tests.Peers;

internal sealed class HookedCheckpoints(ICheckpointStore inner, Hooks hooks) : ICheckpointStore
{
    public ValueTask<IReadOnlyList<string>> ListGroupsAsync() => inner.ListGroupsAsync();

    public ValueTask<IReadOnlyList<Checkpoint>> ReadAsync(string group) => inner.ReadAsync(group);

    public ValueTask BeginAsync(ReadOnlyMemory<Checkpoint> checkpoints, string policy) => inner.BeginAsync(checkpoints, policy);

    public ValueTask<int> CountBegunAsync(string policy) => inner.CountBegunAsync(policy);

    public async ValueTask WriteAsync(ReadOnlyMemory<Checkpoint> checkpoints) => await hooks.Run("write-checkpoint", async () =>
    {
        await inner.WriteAsync(checkpoints);
        return true;
    });

    public ValueTask<bool> RemoveAsync(string group) => inner.RemoveAsync(group);
}
