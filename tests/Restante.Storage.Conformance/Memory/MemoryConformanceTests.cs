namespace Restante.Storage.Conformance.Memory;

/// <summary>The registry of the memory store.</summary>
public sealed class MemoryRegistryTests : RegistryStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The groups of the memory store.</summary>
public sealed class MemoryGroupTests : GroupConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>Imports of devices into the memory store.</summary>
public sealed class MemoryImportTests : ImportConformance
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

/// <summary>The certificate authorities of the memory store.</summary>
public sealed class MemoryIssuerTests : IssuerStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

public sealed class MemoryAuthorityTests : AuthorityStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The enrolment groups, claims and ledger of the memory store.</summary>
public sealed class MemoryEnrolmentTests : EnrolmentStoreConformance
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

/// <summary>The reports of the memory store.</summary>
public sealed class MemoryReportTests : ReportStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The inquiries of the memory store.</summary>
public sealed class MemoryInquiryTests : InquiryStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The jobs of the memory store.</summary>
public sealed class MemoryJobTests : JobStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>When the messages of the memory store are handed out.</summary>
public sealed class MemoryTimingTests : TimingConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>Repeated, replaced and cancelled messages of the memory store.</summary>
public sealed class MemoryRepeatTests : RepeatConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The dead-letter shelf of the memory store.</summary>
public sealed class MemoryShelfTests : ShelfConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}

/// <summary>The notifications of the memory store.</summary>
public sealed class MemoryNotificationTests : NotificationStoreConformance
{
    /// <inheritdoc/>
    protected override StoreHarness CreateHarness() => new MemoryHarness();
}
