using System.Diagnostics;

namespace Restante.Net.Tests;

/// <summary>Waits for what another thread is about to do, and fails instead of hanging.</summary>
internal static class Wait
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task Until(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Limit, "Did not happen: " + what);
            await Task.Yield();
        }
    }
}
