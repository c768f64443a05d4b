namespace Restante.Storage.Sqlite;

/// <summary>
/// Takes the place of the store's threads: what they would do is handed over as steps, and done when they are called. For a simulation,
/// which decides when, in which order, and whether at all.
/// </summary>
/// <param name="Write">A step of the writer: takes what waits and commits it. At most one is outstanding.</param>
/// <param name="Answer">Answers of finished calls.</param>
/// <param name="Beside">Work beside the writer.</param>
internal sealed record StoreSteps(Action<Action> Write, Action<IThreadPoolWorkItem> Answer, Action<Action> Beside);
