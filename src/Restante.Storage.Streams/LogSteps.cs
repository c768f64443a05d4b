namespace Restante.Storage.Streams;

/// <summary>
/// Takes the place of the log's threads: what they would do is handed over as steps, and done when they are called. For a simulation,
/// which decides when, in which order, and whether at all.
/// </summary>
/// <param name="Write">A step of the writer: commits one batch. At most one is outstanding.</param>
/// <param name="Answer">Answers of finished calls.</param>
/// <param name="Beside">A round of the work beside the writer.</param>
internal sealed record LogSteps(Action<Action> Write, Action<IThreadPoolWorkItem> Answer, Action<Action> Beside);
