using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Inspection;

/// <summary>Tries whether every sealed secret opens.</summary>
internal static class SecretCheck
{
    private const string Mend =
        "Put another in its place; or restore the database from a backup, or add the master key that it was sealed with to the ring.";

    /// <summary>The check under a ring.</summary>
    public static ContentCheck Of(MasterKeyRing ring) => new(Mend, connection => Look(connection, new SecretSealer(ring)));

    private static IEnumerable<string> Look(Connection connection, SecretSealer sealer)
    {
        foreach (SealedTable table in SealedTable.All)
        {
            Statement select = connection.Prepare(table.SelectAll);
            while (select.Step())
            {
                for (int i = 0; i < table.Columns.Length; i++)
                {
                    if (!Opens(sealer, table.Purposes[i], select.Text(0)!, select.Blob(i + 1)))
                        yield return $"the {table.Columns[i]} of {table.Name} {select.Text(0)} does not open";
                }
            }
        }
    }

    private static bool Opens(SecretSealer sealer, string purpose, string identity, ReadOnlySpan<byte> bytes)
    {
        if (!SecretSealer.IsSealed(bytes))
            return true;
        try
        {
            _ = sealer.Open(purpose, identity, bytes);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
