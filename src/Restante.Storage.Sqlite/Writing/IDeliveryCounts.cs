namespace Restante.Storage.Sqlite.Writing;

/// <summary>The delivery counts that have risen since the last commit; they travel with whatever is committed next.</summary>
internal interface IDeliveryCounts
{
    /// <summary>Takes them out for the commit that begins.</summary>
    void Take();

    /// <summary>Writes those that were taken.</summary>
    void Write(WriteSession session);

    /// <summary>They are durable.</summary>
    void Written();

    /// <summary>They are not: the next commit takes them again.</summary>
    void Undo();
}
