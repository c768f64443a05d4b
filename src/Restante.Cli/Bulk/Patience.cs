using Restante.Cli.Commands;

namespace Restante.Cli.Bulk;

/// <summary>Tries again while the gateway is away or takes nothing, up to a time: a gateway that restarts does not end it.</summary>
/// <param name="surroundings">The clock.</param>
/// <param name="limit">How long in a row it tries.</param>
/// <param name="meter">Where it says so.</param>
internal sealed class Patience(CliSurroundings surroundings, TimeSpan limit, ProgressMeter meter)
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(10);

    private bool _hasWorked;

    /// <summary>Tries until it works. A gateway of which there was never a sign is not waited for.</summary>
    public async Task<T> TryAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        long began = surroundings.Time.GetTimestamp();
        TimeSpan pause = TimeSpan.FromSeconds(1);
        while (true)
        {
            TimeSpan wait;
            try
            {
                T done = await attempt();
                _hasWorked = true;
                return done;
            }
            catch (CliFailureException e) when (MayPass(e))
            {
                wait = e.RetryAfter ?? pause;
                if (surroundings.Time.GetElapsedTime(began) + wait > limit)
                    throw;
                meter.Say($"{e.Message} Trying again in {Durations.Seconds(wait)}.");
            }

            await Task.Delay(wait, surroundings.Time, cancellation);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }

    private bool MayPass(CliFailureException failure) =>
        failure.RetryAfter is not null || failure.IsTimeOut || (failure.Code == ExitCode.Unreachable && _hasWorked);
}
