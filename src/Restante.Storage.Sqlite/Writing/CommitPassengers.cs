namespace Restante.Storage.Sqlite.Writing;

/// <summary>Several passengers as one.</summary>
internal sealed class CommitPassengers(params ICommitPassenger[] all) : ICommitPassenger
{
    public void Take()
    {
        foreach (ICommitPassenger one in all)
            one.Take();
    }

    public void Write(WriteSession session)
    {
        foreach (ICommitPassenger one in all)
            one.Write(session);
    }

    public void Written()
    {
        foreach (ICommitPassenger one in all)
            one.Written();
    }

    public void Undo()
    {
        foreach (ICommitPassenger one in all)
            one.Undo();
    }
}
