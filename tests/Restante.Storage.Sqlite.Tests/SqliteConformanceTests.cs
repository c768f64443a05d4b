using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Model;

namespace Restante.Storage.Sqlite.Tests;

public sealed class SqliteRegistryTests : RegistryStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteGroupTests : GroupConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteUnindexedGroupTests : GroupConformance
{
    protected override bool KnowsMembers => false;

    protected override StoreHarness CreateHarness() => new SqliteHarness { MaxIndexedMemberships = 0 };
}

public sealed class SqliteImportTests : ImportConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteMailboxTests : MailboxStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteOutcomeTests : OutcomeConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteHistoryTests : HistoryStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness { History = SmallHistory };
}

public sealed class SqliteModelTests : MailboxModelConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteStateTests : StateStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteEnrolmentTests : EnrolmentStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteAuthorityTests : AuthorityStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteIssuerTests : IssuerStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteCheckpointTests : CheckpointStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteReportTests : ReportStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteInquiryTests : InquiryStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteInquiryModelTests : InquiryModelConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteJobTests : JobStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteTimingTests : TimingConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteRepeatTests : RepeatConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteShelfTests : ShelfConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteNotificationTests : NotificationStoreConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteNotificationModelTests : NotificationModelConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}

public sealed class SqliteWorkModelTests : WorkModelConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}
