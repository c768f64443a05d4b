namespace Restante.Storage.Sqlite.Secrets;

/// <summary>A table whose rows hold sealed secrets. When the master key changes its rows are sealed anew.</summary>
/// <param name="Name">The table.</param>
/// <param name="Identity">The column whose text names a row; unique, never changed, and indexed, as rows are walked in its order.</param>
/// <param name="Columns">
/// The columns with secrets; their purpose is <c>table.column</c>. They may also hold null, or bytes that are not sealed.
/// </param>
internal sealed record SealedTable(string Name, string Identity, params string[] Columns)
{
    /// <summary>Reads rows after an identity: the identity, then the columns.</summary>
    public string SelectPage { get; } =
        $"SELECT {Identity}, {string.Join(", ", Columns)} FROM {Name} WHERE {Identity} > ? ORDER BY {Identity} LIMIT ?";

    /// <summary>Reads all rows: the identity, then the columns.</summary>
    public string SelectAll { get; } = $"SELECT {Identity}, {string.Join(", ", Columns)} FROM {Name} ORDER BY {Identity}";

    /// <summary>Writes the columns of a row, those that are not null.</summary>
    public string Update { get; } =
        $"UPDATE {Name} SET {string.Join(", ", Columns.Select(column => $"{column} = coalesce(?, {column})"))} WHERE {Identity} = ?";

    /// <summary>What the secrets of each column are sealed for.</summary>
    public IReadOnlyList<string> Purposes { get; } = [.. Columns.Select(column => $"{Name}.{column}")];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<SealedTable> All { get; } =
    [
        new("device", "id", "primary_credential", "secondary_credential"),
        new("policy", "name", "primary_credential", "secondary_credential"),
        new("enrolment_group", "name", "primary_key", "secondary_key"),
        new("issuer", "name", "private_key"),
    ];
}
