using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>The memory store under its own suite.</summary>
public sealed class MemoryHarness : StoreHarness
{
    private MemoryGatewayStore? _store;

    /// <inheritdoc/>
    public override ValueTask<IGatewayStore> OpenAsync(MailboxLimits limits)
    {
        if (_store is null)
            _store = new MemoryGatewayStore(limits, history: History);
        else
            _store.Restart();
        return ValueTask.FromResult<IGatewayStore>(_store);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
    }
}
