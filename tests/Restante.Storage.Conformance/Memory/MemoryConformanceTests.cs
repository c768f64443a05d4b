namespace Restante.Storage.Conformance.Memory;

/// <summary>The registry of the memory store.</summary>
public sealed class MemoryRegistryTests : RegistryStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The mailboxes of the memory store.</summary>
public sealed class MemoryMailboxTests : MailboxStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The history of the memory store.</summary>
public sealed class MemoryHistoryTests : HistoryStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness { History = SmallHistory };
}

/// <summary>The outcomes of the memory store.</summary>
public sealed class MemoryOutcomeTests : OutcomeConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The state documents of the memory store.</summary>
public sealed class MemoryStateTests : StateStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The checkpoints of the memory store.</summary>
public sealed class MemoryCheckpointTests : CheckpointStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}
