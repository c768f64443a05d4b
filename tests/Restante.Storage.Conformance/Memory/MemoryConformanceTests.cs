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

/// <summary>The outcomes of the memory store.</summary>
public sealed class MemoryOutcomeTests : OutcomeConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}
