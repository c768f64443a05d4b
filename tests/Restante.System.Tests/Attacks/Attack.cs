using System.Net.Sockets;
using System.Security.Authentication;

namespace Restante.System.Tests.Attacks;

/// <summary>One way to misbehave, done by many at once for as long as it is let.</summary>
/// <param name="name">What it is called.</param>
/// <param name="atOnce">How many do it at once.</param>
/// <param name="run">One go of one of them: the target, which of them it is, what counts the blows, and the end.</param>
internal sealed class Attack(string name, int atOnce, Func<AttackTarget, int, Action, CancellationToken, Task> run)
{
    private long _blows;

    public string Name { get; } = name;

    /// <summary>How many blows there were.</summary>
    public long Blows => Interlocked.Read(ref _blows);

    /// <summary>Attacks until the end. Whoever is cut off begins again.</summary>
    public Task WorkAsync(AttackTarget target, CancellationToken ended) =>
        Task.WhenAll(Enumerable.Range(0, atOnce).Select(number => Task.Run(() => RepeatAsync(target, number, ended))));

    private async Task RepeatAsync(AttackTarget target, int number, CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            try
            {
                await run(target, number, () => Interlocked.Increment(ref _blows), ended);
            }
            catch (Exception e) when (IsCut(e) || ended.IsCancellationRequested)
            {
                // That is what the gateway is there for.
                await Task.Yield();
            }
        }
    }

    // A script that is cut in the middle of a word fails as a test would.
    private static bool IsCut(Exception e) =>
        e is IOException or SocketException or AuthenticationException or TimeoutException or Xunit.Sdk.XunitException
            or NullReferenceException or InvalidOperationException;
}
