namespace Restante.Storage.Conformance.Model;

/// <summary>Makes a random run that fails shorter.</summary>
internal static class ModelShrinking
{
    private const int MaxRuns = 400;

    /// <summary>Leaves out steps as long as the run still fails.</summary>
    /// <param name="steps">A run that fails.</param>
    /// <param name="difference">How it fails.</param>
    /// <param name="run">Runs steps; null when that does not fail.</param>
    public static async Task<(List<T> Steps, string Difference)> ShrinkAsync<T>(
        List<T> steps, string difference, Func<List<T>, Task<string?>> run)
    {
        int runs = 0;
        for (int size = steps.Count / 2; size >= 1; size /= 2)
        {
            for (int at = 0; at + size <= steps.Count && runs < MaxRuns;)
            {
                List<T> shorter = [.. steps[..at], .. steps[(at + size)..]];
                runs++;
                if (await run(shorter) is string still)
                    (steps, difference) = (shorter, still);
                else
                    at += size;
            }
        }

        return (steps, difference);
    }
}
