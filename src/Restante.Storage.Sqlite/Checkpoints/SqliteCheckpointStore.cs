using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Checkpoints;

/// <summary>Checkpoints of the embedded store.</summary>
internal sealed class SqliteCheckpointStore(ReaderPool readers, Writer writer) : ICheckpointStore
{
    internal const string Tables = """
        CREATE TABLE checkpoint (
            consumer_group TEXT NOT NULL,
            partition INTEGER NOT NULL,
            next_number INTEGER NOT NULL,
            PRIMARY KEY (consumer_group, partition)) WITHOUT ROWID;
        CREATE TABLE consumer_group (
            name TEXT PRIMARY KEY,
            policy TEXT NOT NULL) WITHOUT ROWID;
        """;

    private const string SelectGroups = "SELECT DISTINCT consumer_group FROM checkpoint ORDER BY consumer_group";
    private const string SelectGroup = "SELECT partition, next_number FROM checkpoint WHERE consumer_group = ? ORDER BY partition";
    private const string Put = "INSERT OR REPLACE INTO checkpoint (consumer_group, partition, next_number) VALUES (?, ?, ?)";
    private const string Begin = "INSERT OR IGNORE INTO consumer_group (name, policy) VALUES (?, ?)";
    private const string CountBegun = "SELECT count(*) FROM consumer_group WHERE policy = ?";
    private const string Delete = "DELETE FROM checkpoint WHERE consumer_group = ?";
    private const string DeleteBegun = "DELETE FROM consumer_group WHERE name = ?";

    public ValueTask<IReadOnlyList<string>> ListGroupsAsync() =>
        Answer<IReadOnlyList<string>, int>(0, static (connection, _) => ReadGroups(connection));

    public ValueTask<IReadOnlyList<Checkpoint>> ReadAsync(string group) => Answer<IReadOnlyList<Checkpoint>, string>(group, ReadGroup);

    public ValueTask<int> CountBegunAsync(string policy) => Answer(policy, static (connection, wanted) =>
    {
        Statement count = connection.Prepare(CountBegun).Bind(1, wanted);
        count.Step();
        int begun = count.Int32(0);
        count.Reset();
        return begun;
    });

    public ValueTask WriteAsync(ReadOnlyMemory<Checkpoint> checkpoints) => WriteAsync(checkpoints.ToArray(), null);

    public ValueTask BeginAsync(ReadOnlyMemory<Checkpoint> checkpoints, string policy) => WriteAsync(checkpoints.ToArray(), policy);

    public ValueTask<bool> RemoveAsync(string group) => writer.Submit(new SimpleOperation<bool>(session =>
    {
        session.Connection.Prepare(DeleteBegun).Bind(1, group).Run();
        session.Connection.Prepare(Delete).Bind(1, group).Run();
        return session.Connection.Changes > 0;
    }));

    private async ValueTask WriteAsync(Checkpoint[] checkpoints, string? beginner)
    {
        await writer.Submit(new SimpleOperation<bool>(session =>
        {
            Statement put = session.Connection.Prepare(Put);
            foreach (Checkpoint checkpoint in checkpoints)
                put.Bind(1, checkpoint.Group).Bind(2, checkpoint.Partition).Bind(3, checkpoint.NextSequenceNumber).Run();
            if (beginner is null)
                return true;
            Statement begin = session.Connection.Prepare(Begin);
            foreach (Checkpoint checkpoint in checkpoints)
                begin.Bind(1, checkpoint.Group).Bind(2, beginner).Run();
            return true;
        }));
    }

    private static List<string> ReadGroups(Connection connection)
    {
        var groups = new List<string>();
        Statement select = connection.Prepare(SelectGroups);
        while (select.Step())
            groups.Add(select.Text(0)!);
        return groups;
    }

    private static List<Checkpoint> ReadGroup(Connection connection, string group)
    {
        var checkpoints = new List<Checkpoint>();
        Statement select = connection.Prepare(SelectGroup).Bind(1, group);
        while (select.Step())
            checkpoints.Add(new Checkpoint(group, select.Int32(0), select.Int64(1)));
        return checkpoints;
    }

    private ValueTask<T> Answer<T, TState>(TState state, Func<Connection, TState, T> read)
    {
        try
        {
            return ValueTask.FromResult(readers.Read(state, read));
        }
        catch (StoreUnavailableException failure)
        {
            return ValueTask.FromException<T>(failure);
        }
    }
}
