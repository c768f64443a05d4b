namespace Restante.Heads.Http;

/// <summary>What the REST interface allows.</summary>
public sealed record HttpHeadOptions
{
    /// <summary>
    /// Requests that wait at the same time, long polls and event streams together. Range 1 to 100,000. One more is refused as
    /// <c>throttled</c>. Each costs a few kilobytes.
    /// </summary>
    public int MaxLongPolls { get; init; } = 1_000;

    /// <summary>The longest <c>wait</c> of a long poll, in seconds. Range 1 to 600. Keep it below the idle time-out of proxies in between.</summary>
    public int MaxPollWaitSeconds { get; init; } = 60;

    /// <summary>The longest <c>wait</c> for the outcome of a command, in seconds. Range 1 to 3,600.</summary>
    public int MaxCommandWaitSeconds { get; init; } = 300;

    /// <summary>
    /// How long an event stream may be silent before a comment is sent to keep it open, in seconds. Range 1 to 300. It is also how late a
    /// reader that vanished is noticed.
    /// </summary>
    public int HeartbeatSeconds { get; init; } = 15;

    /// <summary>
    /// Message contents that one page of telemetry or events holds, in bytes. Range 65,536 to 67,108,864; one message is always returned.
    /// </summary>
    public int MaxPageBytes { get; init; } = 1024 * 1024;

    /// <summary>The largest JSON body of requests other than commands, in bytes. Range 1,024 to 1,048,576.</summary>
    public int MaxRegistryBodyBytes { get; init; } = 16 * 1024;

    /// <summary>What <c>Retry-After</c> says when a request is refused for now, in seconds. Range 1 to 3,600.</summary>
    public int RetryAfterSeconds { get; init; } = 5;

    /// <summary>What is wrong with the options, in words that name the option and its range; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(faults, nameof(MaxLongPolls), MaxLongPolls, 1, 100_000);
        Check(faults, nameof(MaxPollWaitSeconds), MaxPollWaitSeconds, 1, 600);
        Check(faults, nameof(MaxCommandWaitSeconds), MaxCommandWaitSeconds, 1, 3_600);
        Check(faults, nameof(HeartbeatSeconds), HeartbeatSeconds, 1, 300);
        Check(faults, nameof(MaxPageBytes), MaxPageBytes, 65_536, 67_108_864);
        Check(faults, nameof(MaxRegistryBodyBytes), MaxRegistryBodyBytes, 1_024, 1_048_576);
        Check(faults, nameof(RetryAfterSeconds), RetryAfterSeconds, 1, 3_600);
        return faults;
    }

    private static void Check(List<string> faults, string name, int value, int min, int max)
    {
        if (value < min || value > max)
            faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} is {value}; it must be {min} to {max}."));
    }
}
