namespace Restante.Storage.Sqlite.Writing;

/// <summary>What nobody waits for, such as delivery counts and history: it travels with whatever is committed next.</summary>
internal interface ICommitPassenger
{
    /// <summary>Takes it out for the commit that begins.</summary>
    void Take();

    /// <summary>Writes what was taken.</summary>
    void Write(WriteSession session);

    /// <summary>It is durable.</summary>
    void Written();

    /// <summary>It is not: the next commit takes it again.</summary>
    void Undo();
}
