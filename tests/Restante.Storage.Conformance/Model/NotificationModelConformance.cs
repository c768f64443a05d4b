namespace Restante.Storage.Conformance.Model;

/// <summary>
/// Random sequences of calls about notifications, the mailboxes they are offered to and the shelves; see <see cref="ModelRuns{T}"/>.
/// </summary>
public abstract class NotificationModelConformance
{
    /// <summary>A harness with no data.</summary>
    protected abstract StoreHarness CreateHarness();

    [Fact]
    public Task Random_calls_are_answered_as_the_memory_store_answers_them() =>
        new ModelRuns<NotificationStep>(
            CreateHarness, static h => new NotificationSubject(h), static s => s.Kind == NotificationStepKind.Restart)
            .CheckAsync(50_261, iterations: 25, static seed => NotificationStep.Generate(seed, 120));
}
