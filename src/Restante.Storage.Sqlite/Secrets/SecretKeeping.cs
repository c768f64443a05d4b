using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Writing;

namespace Restante.Storage.Sqlite.Secrets;

/// <summary>
/// The master keys of a running store. When the current one has changed, the secrets in the database are sealed anew step by step, each a
/// small transaction. Every row names its key, so that the store is whole after each of them; once none needs an old key, that is written
/// down too. One call at a time.
/// </summary>
public sealed class SecretKeeping
{
    /// <summary>Rows looked at in one step.</summary>
    internal const int RowsOfStep = 256;

    private readonly SecretSealer _sealer;
    private readonly ReaderPool _readers;
    private readonly Writer _writer;
    private readonly StoreMetrics _metrics;
    private readonly string _path;
    private volatile bool _hasOld;
    private volatile int _oldKeys;
    private int _table;
    private string _after = string.Empty;
    private bool _leftSome;

    internal SecretKeeping(SecretSealer sealer, ReaderPool readers, Writer writer, StoreMetrics metrics, string path, int oldKeys)
    {
        _sealer = sealer;
        _readers = readers;
        _writer = writer;
        _metrics = metrics;
        _path = path;
        Begin(oldKeys);
        metrics.ObserveMasterKeys(() => _oldKeys);
    }

    /// <summary>The keys in use.</summary>
    public MasterKeyRing Ring => _sealer.Ring;

    /// <summary>True while secrets may be sealed with an old key and <see cref="SealAnewAsync"/> has not looked at all of them.</summary>
    public bool HasOld => _hasOld;

    /// <summary>The ids of the keys that secrets may be sealed with, the current one among them.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    public IReadOnlyList<string> Needed() => _readers.Read(0, static (connection, _) => MasterKeyRows.Read(connection));

    /// <summary>Takes another ring. From its answer on everything is sealed with its current key.</summary>
    /// <exception cref="StoreOpenException">It lacks a key that is needed; the ring in use stays.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be written down now; the ring in use stays.</exception>
    public async ValueTask UseAsync(MasterKeyRing ring)
    {
        if (Needed().FirstOrDefault(id => ring.Find(id) is null) is string missing)
            throw MasterKeyRows.Missing(_path, missing, ring);
        await _writer.Submit(new SimpleOperation<int>(
            session => MasterKeyRows.Admit(session.Connection, ring, _path),
            oldKeys =>
            {
                _sealer.Ring = ring;
                Begin(oldKeys);
            }));
    }

    /// <summary>Seals the secrets of the next rows anew, or finds that there are none left.</summary>
    /// <exception cref="StoreUnavailableException">It could not be written; the next call tries the same rows again.</exception>
    public ValueTask<SealingStep> SealAnewAsync()
    {
        if (!_hasOld)
            return ValueTask.FromResult(new SealingStep(0, 0, IsLast: true));
        string next = string.Empty;
        return _writer.Submit(new SimpleOperation<SealingStep>(
            session => _table == SealedTable.All.Count ? Finish(session.Connection) : Seal(session.Connection, out next),
            step => Done(step, next)));
    }

    private void Begin(int oldKeys)
    {
        _table = 0;
        _after = string.Empty;
        _leftSome = false;
        _oldKeys = oldKeys;
        _hasOld = oldKeys > 0;
    }

    private void Done(SealingStep step, string next)
    {
        _metrics.SealedAnew(step.Sealed);
        _leftSome |= step.Unreadable > 0;
        _after = next;
        if (step.IsLast)
        {
            _oldKeys = _leftSome ? _oldKeys : 0;
            _hasOld = false;
        }
        else if (next.Length == 0)
        {
            _table++;
        }
    }

    // What does not open keeps its key on the list: nobody shall throw it away who might want to look into that.
    private SealingStep Finish(Connection connection)
    {
        if (!_leftSome)
            MasterKeyRows.Keep(connection, _sealer.Ring.Current.Id);
        return new SealingStep(0, 0, IsLast: true);
    }

    private SealingStep Seal(Connection connection, out string next)
    {
        SealedTable table = SealedTable.All[_table];
        var rows = new List<(string Identity, byte[]?[] Columns)>();
        int looked = 0;
        int unreadable = 0;
        next = _after;
        Statement select = connection.Prepare(table.SelectPage).Bind(1, _after).Bind(2, RowsOfStep);
        while (select.Step())
        {
            looked++;
            next = select.Text(0)!;
            byte[]?[] columns = new byte[]?[table.Columns.Length];
            for (int i = 0; i < columns.Length; i++)
            {
                if (_sealer.IsOld(select.Blob(i + 1)))
                    columns[i] = SealAnew(table.Purposes[i], next, select.Blob(i + 1), ref unreadable);
            }

            if (Array.Exists(columns, column => column is not null))
                rows.Add((next, columns));
        }

        foreach ((string identity, byte[]?[] columns) in rows)
            Write(connection, table, identity, columns);
        if (looked < RowsOfStep)
            next = string.Empty;
        return new SealingStep(rows.Sum(row => row.Columns.Count(column => column is not null)), unreadable, IsLast: false);
    }

    private byte[]? SealAnew(string purpose, string identity, ReadOnlySpan<byte> bytes, ref int unreadable)
    {
        try
        {
            return _sealer.Seal(purpose, identity, _sealer.Open(purpose, identity, bytes));
        }
        catch (InvalidDataException)
        {
            unreadable++;
            return null;
        }
    }

    private static void Write(Connection connection, SealedTable table, string identity, byte[]?[] columns)
    {
        Statement update = connection.Prepare(table.Update);
        for (int i = 0; i < columns.Length; i++)
        {
            if (columns[i] is byte[] bytes)
                update.Bind(i + 1, bytes);
            else
                update.Bind(i + 1, (string?)null);
        }

        update.Bind(columns.Length + 1, identity).Run();
    }
}
