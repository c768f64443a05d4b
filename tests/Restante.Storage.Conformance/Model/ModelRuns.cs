using System.Globalization;
using Restante.Storage.Conformance.Memory;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// Random sequences of calls against the store and against the memory store; after every step both must have answered the same and look the
/// same. A run that fails is made shorter as long as it still fails, and printed with its seed. The environment sets
/// <c>RESTANTE_MODEL_ITERATIONS</c> (how many runs) and <c>RESTANTE_MODEL_SEED</c> (the first one's seed).
/// </summary>
/// <typeparam name="T">A step.</typeparam>
/// <param name="createHarness">Makes a harness with no data.</param>
/// <param name="createSubject">Makes a subject out of a harness.</param>
/// <param name="restarts">Whether a step closes the store and opens it again, which not every store can.</param>
internal sealed class ModelRuns<T>(
    Func<StoreHarness> createHarness, Func<StoreHarness, IModelSubject<T>> createSubject, Func<T, bool> restarts)
{
    /// <summary>Runs them.</summary>
    /// <param name="seed">The first one's seed, unless the environment says otherwise.</param>
    /// <param name="iterations">How many, unless the environment says otherwise.</param>
    /// <param name="generate">The steps of a seed.</param>
    public async Task CheckAsync(int seed, int iterations, Func<int, List<T>> generate)
    {
        int first = Setting("RESTANTE_MODEL_SEED", seed);
        int after = first + Setting("RESTANTE_MODEL_ITERATIONS", iterations);
        for (int at = first; at < after; at++)
        {
            List<T> steps = generate(at);
            if (await RunAsync(steps) is not string difference)
                continue;
            (steps, difference) = await ModelShrinking.ShrinkAsync(steps, difference, RunAsync);
            Assert.Fail($"Seed {at}: the store differs from the model. Shortest run found:\n  {string.Join("\n  ", steps)}\n{difference}");
        }
    }

    private static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : fallback;

    /// <returns>The first difference; null when there is none.</returns>
    private async Task<string?> RunAsync(List<T> steps)
    {
        IModelSubject<T> model = createSubject(new MemoryHarness());
        StoreHarness harness = createHarness();
        IModelSubject<T> store = createSubject(harness);
        await model.OpenAsync();
        await store.OpenAsync();
        try
        {
            foreach (T step in steps)
            {
                if (restarts(step) && !harness.CanRestart)
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
