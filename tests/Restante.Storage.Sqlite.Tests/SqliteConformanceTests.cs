using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Model;

namespace Restante.Storage.Sqlite.Tests;

public sealed class SqliteRegistryTests : RegistryStoreConformance
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

public sealed class SqliteModelTests : MailboxModelConformance
{
    protected override StoreHarness CreateHarness() => new SqliteHarness();
}
