using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>Random sequences of calls about mailboxes, outcomes and shelves; see <see cref="ModelRuns{T}"/>.</summary>
public abstract class MailboxModelConformance
{
    private static readonly MailboxLimits s_limits = new()
    {
        MaxDepth = 6,
        MaxBytes = 300,
        MaxDeliveries = 4,
        RedeliveryDelayMs = 25,
        MaxRedeliveryDelayMs = 40,
        IdempotencyRetentionMs = 150,
        MaxIdempotencyKeys = 5,
        OutcomeRetentionMs = 400,
        MaxShelved = 3,
        ShelfRetentionMs = 300,
    };

    /// <summary>A harness with no data.</summary>
    protected abstract StoreHarness CreateHarness();

    [Fact]
    public Task Random_calls_are_answered_as_the_memory_store_answers_them() =>
        new ModelRuns<ModelStep>(CreateHarness, h => new ModelSubject(h, s_limits), static s => s.Kind == StepKind.Restart)
            .CheckAsync(20_261, iterations: 60, static seed => ModelStep.Generate(seed, 150, restarts: true));
}
