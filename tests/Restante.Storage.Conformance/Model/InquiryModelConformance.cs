namespace Restante.Storage.Conformance.Model;

/// <summary>Random sequences of calls about inquiries, their answers and who reads their ends; see <see cref="ModelRuns{T}"/>.</summary>
public abstract class InquiryModelConformance
{
    /// <summary>A harness with no data.</summary>
    protected abstract StoreHarness CreateHarness();

    [Fact]
    public Task Random_calls_are_answered_as_the_memory_store_answers_them() =>
        new ModelRuns<InquiryStep>(CreateHarness, static h => new InquirySubject(h), static s => s.Kind == InquiryStepKind.Restart)
            .CheckAsync(30_261, iterations: 25, static seed => InquiryStep.Generate(seed, 120));
}
