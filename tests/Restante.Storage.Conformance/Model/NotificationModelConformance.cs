using System.Globalization;
using Restante.Storage.Conformance.Memory;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// Runs random sequences of calls about notifications, and the mailboxes they are offered to, against the store and against the memory
/// store, as <see cref="MailboxModelConformance"/> does for mailboxes, with the same variables of the environment.
/// </summary>
public abstract class NotificationModelConformance
{
    private const int DefaultIterations = 25;
    private const int StepsPerRun = 120;

    /// <summary>A harness with no data.</summary>
    protected abstract StoreHarness CreateHarness();

    [Fact]
    public async Task Random_calls_are_answered_as_the_memory_store_answers_them()
    {
        int first = Setting("RESTANTE_MODEL_SEED", 50_261);
        int iterations = Setting("RESTANTE_MODEL_ITERATIONS", DefaultIterations);
        for (int seed = first; seed < first + iterations; seed++)
        {
            List<NotificationStep> steps = NotificationStep.Generate(seed, StepsPerRun);
            if (await RunAsync(steps) is not string difference)
                continue;
            (steps, difference) = await ModelShrinking.ShrinkAsync(steps, difference, RunAsync);
            Assert.Fail($"Seed {seed}: the store differs from the model. Shortest run found:\n  {string.Join("\n  ", steps)}\n{difference}");
        }
    }

    private static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : fallback;

    /// <returns>The first difference; null when there is none.</returns>
    private async Task<string?> RunAsync(List<NotificationStep> steps)
    {
        var model = new NotificationSubject(new MemoryHarness());
        StoreHarness harness = CreateHarness();
        var store = new NotificationSubject(harness);
        await model.OpenAsync();
        await store.OpenAsync();
        try
        {
            foreach (NotificationStep step in steps)
            {
                if (step.Kind == NotificationStepKind.Restart && !harness.CanRestart)
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
