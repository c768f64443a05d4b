using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Makes the store under test. One harness is one set of data.</summary>
public abstract class StoreHarness : IAsyncDisposable
{
    /// <summary>True when a closed store can be opened again on the same data, its sessions and leases gone.</summary>
    public virtual bool CanRestart => true;

    /// <summary>How much history the store keeps.</summary>
    public HistoryLimits History { get; init; } = new();

    /// <summary>Opens the store; the first time it is empty, later it holds what the one before it has kept.</summary>
    public abstract ValueTask<IGatewayStore> OpenAsync(MailboxLimits limits);

    /// <summary>Removes the data.</summary>
    public abstract ValueTask DisposeAsync();
}
