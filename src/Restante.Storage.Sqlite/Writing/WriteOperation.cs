namespace Restante.Storage.Sqlite.Writing;

/// <summary>
/// One call that changes the database. The writer runs <see cref="Execute"/> of a whole batch in one transaction and then, for each,
/// <see cref="Apply"/>; or <see cref="Undo"/> and <see cref="Fail"/> when the transaction failed. Then the thread pool runs
/// <see cref="Complete"/>. Nothing in memory may change before <see cref="Apply"/>. After <see cref="Complete"/> the object may belong to
/// another call.
/// </summary>
internal abstract class WriteOperation
{
    /// <summary>True when it must be alone in its transaction, as it works on what the index in memory says.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Bytes it holds while it waits.</summary>
    public virtual long Bytes => 0;

    /// <summary>Makes the changes. May be run again from the beginning when the transaction had to be begun anew.</summary>
    public abstract void Execute(WriteSession session);

    /// <summary>The changes are durable: shows them in memory.</summary>
    public abstract void Apply();

    /// <summary>The changes were not made: frees what the call had claimed.</summary>
    public abstract void Undo();

    /// <summary>The answer will be an error.</summary>
    public abstract void Fail(Exception failure);

    /// <summary>Answers the caller, whose code may go on within this call. Never on the writer's thread.</summary>
    public abstract void Complete();
}
