using System.Globalization;
using System.Text;
using Restante.Core.Storage;
using Restante.Storage.Conformance.Memory;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// Runs random sequences of calls against the store and against the memory store; after every step both must have answered the same and
/// look the same. A run that fails is made shorter as long as it still fails, and printed with its seed. The environment sets
/// <c>RESTANTE_MODEL_ITERATIONS</c> (how many runs) and <c>RESTANTE_MODEL_SEED</c> (the first one's seed).
/// </summary>
public abstract class MailboxModelConformance
{
    private const int DefaultIterations = 60;
    private const int StepsPerRun = 150;
    private const int MaxShrinkRuns = 400;

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
    public async Task Random_calls_are_answered_as_the_memory_store_answers_them()
    {
        int first = Setting("RESTANTE_MODEL_SEED", 20_261);
        int iterations = Setting("RESTANTE_MODEL_ITERATIONS", DefaultIterations);
        for (int seed = first; seed < first + iterations; seed++)
        {
            List<ModelStep> steps = ModelStep.Generate(seed, StepsPerRun, restarts: true);
            if (await RunAsync(steps) is string difference)
                await ReportAsync(seed, steps, difference);
        }
    }

    private static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : fallback;

    private async Task ReportAsync(int seed, List<ModelStep> steps, string difference)
    {
        int runs = 0;
        for (int size = steps.Count / 2; size >= 1; size /= 2)
        {
            for (int at = 0; at + size <= steps.Count && runs < MaxShrinkRuns;)
            {
                List<ModelStep> shorter = [.. steps[..at], .. steps[(at + size)..]];
                runs++;
                if (await RunAsync(shorter) is string still)
                    (steps, difference) = (shorter, still);
                else
                    at += size;
            }
        }

        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"Seed {seed}: the store differs from the model. Shortest run found:");
        foreach (ModelStep step in steps)
            text.AppendLine(CultureInfo.InvariantCulture, $"  {step}");
        Assert.Fail(text.Append(difference).ToString());
    }

    /// <returns>The first difference; null when there is none.</returns>
    private async Task<string?> RunAsync(List<ModelStep> steps)
    {
        var model = new ModelSubject(new MemoryHarness(), s_limits);
        StoreHarness harness = CreateHarness();
        var store = new ModelSubject(harness, s_limits);
        await model.OpenAsync();
        await store.OpenAsync();
        try
        {
            foreach (ModelStep step in steps)
            {
                if (step.Kind == StepKind.Restart && !harness.CanRestart)
                    continue;
                string expected = await model.RunAsync(step) + "\n" + await model.DescribeAsync();
                string actual = await store.RunAsync(step) + "\n" + await store.DescribeAsync();
                if (expected != actual)
                    return $"after {step}\n--- expected\n{expected}\n--- actual\n{actual}";
            }

            return null;
        }
        finally
        {
            await model.CloseAsync();
            await store.CloseAsync();
        }
    }
}
