using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restante.Cli.Connecting;
using Restante.Contracts;

namespace Restante.Cli.Commands;

/// <summary>Follows an event stream, and comes back where it was when the stream ends.</summary>
internal sealed class Watch(CommandCall call, string path, string resumeBy, string eventName, int? count, Action<string> show)
{
    private const int LongestPauseSeconds = 10;

    // Why a stream ends that nothing comes after.
    private const string Final = "final";

    private int _left = count ?? int.MaxValue;

    /// <summary>The place to come back at, from the id of the last event: the id itself when not set.</summary>
    public Func<string, string> PlaceAfter { get; init; } = static id => id;

    /// <summary>Reads JSON that the gateway sent.</summary>
    public static T? Parse<T>(string data, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(data, type);
        }
        catch (JsonException)
        {
            throw new CliFailureException(ExitCode.Refused, "The gateway sent something that is not a gateway's.");
        }
    }

    /// <summary>Follows until the count is reached or it is interrupted.</summary>
    public async Task<ExitCode> RunAsync((string Name, string Value) start, CancellationToken cancellation)
    {
        (string Name, string Value) place = start;
        int pauseSeconds = 0;
        bool connected = false;
        try
        {
            while (true)
            {
                try
                {
                    string separator = path.Contains('?', StringComparison.Ordinal) ? "&" : "?";
                    string query = $"{separator}{place.Name}={Uri.EscapeDataString(place.Value)}";
                    using HttpResponseMessage response = await call.Client.SendRawAsync(
                        HttpMethod.Get, path + query, null, TimeSpan.Zero, "text/event-stream", cancellation);
                    if (!response.IsSuccessStatusCode)
                    {
                        CliFailureException refusal = await call.Client.RefusalAsync(response, cancellation);
                        bool passes = connected && (int)response.StatusCode is 429 or >= 500;
                        throw passes
                            ? new CliFailureException(ExitCode.Unreachable, refusal.Message) { RetryAfter = refusal.RetryAfter }
                            : refusal;
                    }

                    if (!connected)
                        await call.Surroundings.Error.WriteLineAsync("Watching. Ctrl-C ends it.");
                    connected = true;
                    pauseSeconds = 0;
                    string? last = await FollowAsync(response, cancellation);
                    if (last is not null)
                        place = (resumeBy, PlaceAfter(last));
                    if (_left == 0)
                        return ExitCode.Done;
                }
                catch (CliFailureException e) when (connected && e.Code == ExitCode.Unreachable)
                {
                    if (e.RetryAfter is TimeSpan after)
                    {
                        await call.Surroundings.Error.WriteLineAsync(
                            $"The gateway takes no more now; trying again in {Durations.Seconds(after)}.");
                        await Task.Delay(after, call.Surroundings.Time, cancellation);
                        continue;
                    }

                    await call.Surroundings.Error.WriteLineAsync("The gateway is away; trying again.");
                }

                pauseSeconds = Math.Clamp(pauseSeconds * 2, 1, LongestPauseSeconds);
                await Task.Delay(TimeSpan.FromSeconds(pauseSeconds), call.Surroundings.Time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
    }

    // Returns the id of the last event, for coming back.
    private async Task<string?> FollowAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        string? last = null;
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation));
            var events = new EventStreamReader(reader);
            while (_left > 0 && await events.NextAsync(cancellation) is { } item)
            {
                last = item.Id ?? last;
                if (item.Name == eventName)
                {
                    show(item.Data);
                    _left--;
                }
                else if (item.Name == "gap" && Parse(item.Data, RestanteJson.Plain.StreamGap) is StreamGap gap)
                {
                    string where = gap.Partition is int partition ? $" in partition {partition}" : string.Empty;
                    await call.Surroundings.Error.WriteLineAsync($"{gap.Skipped} records{where} are no longer kept and were missed.");
                }
                else if (item.Name == "end")
                {
                    if (Parse(item.Data, RestanteJson.Plain.StreamEnd) is { Reason: Final })
                        _left = 0;
                    break;
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The connection broke; the caller comes back.
        }

        return last;
    }
}
