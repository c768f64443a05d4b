using System.Globalization;
using System.Text.Json;

namespace Restante.Storage.Conformance.Fuzzing;

/// <summary>
/// Rounds of fuzzing: an input is made and tried. Round n is the same in every run, and its number and input are in the message of a
/// failure. RESTANTE_FUZZ_ITERATIONS says how many rounds instead of the usual ones.
/// </summary>
public static class FuzzRounds
{
    private const int LongestShown = 2_000;

    /// <summary>How many rounds.</summary>
    /// <param name="usual">As many as a run of all tests has the time for.</param>
    /// <param name="cost">How many times longer than usual one takes; a long run tries so many fewer.</param>
    public static int Of(int usual, int cost = 1) =>
        int.TryParse(Environment.GetEnvironmentVariable("RESTANTE_FUZZ_ITERATIONS"), CultureInfo.InvariantCulture, out int wanted)
            ? Math.Max(usual, wanted / cost)
            : usual;

    /// <summary>Makes and tries inputs.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="make">Makes one; the same one from the same source.</param>
    /// <param name="attempt">Tries it; whatever it throws is a failure.</param>
    /// <param name="maxBytes">How much one try may allocate.</param>
    public static void Run<T>(int rounds, Func<Random, T> make, Action<T> attempt, long maxBytes = 1024 * 1024)
    {
        for (int round = 0; round < rounds; round++)
        {
            T input = make(new Random(round));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                attempt(input);
            }
            catch (Exception fault)
            {
                Assert.Fail($"Round {round}, {Show(input)}: {fault}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= maxBytes, $"Round {round} made {allocated} bytes of {Show(input)}");
        }
    }

    /// <summary>An input as text for messages.</summary>
    public static string Show<T>(T input)
    {
        string text = input switch
        {
            byte[] bytes => Convert.ToHexString(bytes),
            string line => JsonSerializer.Serialize(line),
            _ => input?.ToString() ?? "null",
        };
        return text.Length <= LongestShown ? text : string.Concat(text.AsSpan(0, LongestShown), "…");
    }
}
