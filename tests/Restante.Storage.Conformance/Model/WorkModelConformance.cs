namespace Restante.Storage.Conformance.Model;

/// <summary>Random sequences of calls about state documents, consumer groups and jobs; see <see cref="ModelRuns{T}"/>.</summary>
public abstract class WorkModelConformance
{
    /// <summary>A harness with no data.</summary>
    protected abstract StoreHarness CreateHarness();

    [Fact]
    public Task Random_calls_are_answered_as_the_memory_store_answers_them() =>
        new ModelRuns<WorkStep>(CreateHarness, static h => new WorkSubject(h), static s => s.Kind == WorkStepKind.Restart)
            .CheckAsync(60_261, iterations: 25, static seed => WorkStep.Generate(seed, 120));
}
