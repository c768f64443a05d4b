using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>Whoever is stopped in the midst of a row, as it cannot be read, leaves nothing of it to the next.</summary>
public sealed class LeftStatementTests : StoreTest
{
    private const string Select = "SELECT id FROM device WHERE id > ? ORDER BY id";

    [Fact]
    public async Task A_read_that_throws_keeps_neither_its_statement_nor_what_it_saw()
    {
        SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store, "a");
        await DeviceAsync(store, "b");
        using var readers = new ReaderPool(() => Connection.Open(File, readOnly: true, 64 * 1024, 64 * 1024), 1);
        Assert.Throws<InvalidDataException>(() => readers.Read("", static (connection, after) => Break(connection, after)));
        await DeviceAsync(store, "c");
        Assert.Equal(3, readers.Read(0, static (connection, _) => connection.Number("SELECT count(*) FROM device")));
        Assert.Equal("b", readers.Read("a", static (connection, after) => First(connection, after)));
    }

    [Fact]
    public async Task A_write_that_throws_keeps_no_statement_from_the_next()
    {
        SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store, "a");
        await DeviceAsync(store, "b");
        await Assert.ThrowsAsync<StoreUnavailableException>(
            () => store.Writer.Submit(new SimpleOperation<string>(session => Break(session.Connection, ""))).AsTask());
        Assert.Equal("b", await store.Writer.Submit(new SimpleOperation<string>(session => First(session.Connection, "a"))));
    }

    private static string Break(Connection connection, string after)
    {
        Assert.True(connection.Prepare(Select).Bind(1, after).Step());
        throw new InvalidDataException("The row cannot be read.");
    }

    private static string First(Connection connection, string after)
    {
        Statement select = connection.Prepare(Select).Bind(1, after);
        Assert.True(select.Step());
        string id = select.Text(0)!;
        select.Reset();
        return id;
    }
}
