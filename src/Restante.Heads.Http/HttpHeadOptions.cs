namespace Restante.Heads.Http;

/// <summary>What the REST interface allows.</summary>
public sealed record HttpHeadOptions
{
    /// <summary>
    /// Requests of services that wait at the same time, long polls and event streams together. Range 1 to 100,000. One more is refused as
    /// <c>throttled</c>. Each costs a few kilobytes; one that waits for the report on a command has its place until its answer has been
    /// read, and costs as much as that report.
    /// </summary>
    public int MaxLongPolls { get; init; } = 1_000;

    /// <summary>
    /// How much of <see cref="MaxLongPolls"/> one policy may take, in percent; at least one place. Range 1 to 100. Beyond it the policy's
    /// request is refused as <c>throttled</c>, so that one service that runs wild leaves room for the others.
    /// </summary>
    public int LongPollSharePercent { get; init; } = 50;

    /// <summary>
    /// Requests of one policy that read something, and its imports, at the same time, until their answers have been read. Long polls are
    /// among them when they look and when they answer, not while they wait; event streams only when they look for a policy that has a
    /// scope, at first and after much was passed over, and they stand in line for as long as it takes. Range 1 to 10,000. More stand in
    /// line for <see cref="ReadingWaitSeconds"/>. Each may take some times <see cref="MaxPageBytes"/> of memory.
    /// </summary>
    public int MaxReadingsPerPolicy { get; init; } = 16;

    /// <summary>
    /// How long a request stands in line for others of its policy, in seconds. Range 1 to 600. Then it is refused as <c>throttled</c>.
    /// </summary>
    public int ReadingWaitSeconds { get; init; } = 10;

    /// <summary>Requests of devices that wait at the same time. Range 1 to 1,000,000. One more is refused as <c>throttled</c>.</summary>
    public int MaxDevicePolls { get; init; } = 10_000;

    /// <summary>Requests of one device that wait at the same time. Range 1 to 100. One more is refused as <c>throttled</c>.</summary>
    public int MaxPollsPerDevice { get; init; } = 4;

    /// <summary>
    /// Devices that have a session by HTTP, and with it their mailbox, at the same time. Range 1 to 1,000,000. One more is refused as
    /// <c>throttled</c>.
    /// </summary>
    public int MaxDeviceSessions { get; init; } = 20_000;

    /// <summary>
    /// How long after its last request a device that comes by HTTP keeps its mailbox, in seconds. Range 1 to 3,600. Then what it has in
    /// hand waits again, and it counts as disconnected. Up to a quarter more may pass.
    /// </summary>
    public int DeviceIdleSeconds { get; init; } = 120;

    /// <summary>
    /// Messages that a device which comes by HTTP may have in hand, not settled. Range 1 to 10,000. It is handed no more beyond it.
    /// </summary>
    public int MaxInHandPerDevice { get; init; } = 100;

    /// <summary>
    /// The longest <c>wait</c> of a long poll, in seconds. Range 1 to 600. Keep it below the idle time-out of proxies in between.
    /// </summary>
    public int MaxPollWaitSeconds { get; init; } = 60;

    /// <summary>The longest <c>wait</c> for the outcome of a command, in seconds. Range 1 to 3,600.</summary>
    public int MaxCommandWaitSeconds { get; init; } = 300;

    /// <summary>
    /// How long an event stream may be silent before a comment is sent to keep it open, in seconds. Range 1 to 300. It is also how late a
    /// reader that vanished is noticed; one that takes nothing for twice as long is cut.
    /// </summary>
    public int HeartbeatSeconds { get; init; } = 15;

    /// <summary>
    /// What one page of a list holds, in bytes: message contents of telemetry and events, the JSON of its items of others. Range 65,536 to
    /// 67,108,864; one item is always returned.
    /// </summary>
    public int MaxPageBytes { get; init; } = 1024 * 1024;

    /// <summary>The largest JSON body of requests other than commands, in bytes. Range 1,024 to 1,048,576.</summary>
    public int MaxRegistryBodyBytes { get; init; } = 16 * 1024;

    /// <summary>The largest batch of telemetry, in bytes of its JSON. Range 65,536 to 16,777,216.</summary>
    public int MaxBatchBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// What the bodies of one device's requests may have at once, in bytes of what they say that they are, or else of the most that they
    /// may be; from when they are read until the answer is over, over all its connections, and for a field gateway with those for its
    /// devices. Range 65,536 to 1,073,741,824. Until it is whole each counts as 16 KiB at the least; one that is the only one is taken in
    /// any case. Beyond it a request is refused as <c>throttled</c>. In memory a body takes some times its size while it is worked on.
    /// </summary>
    public int MaxBodyBytesPerDevice { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The same for one policy. Range 65,536 to 1,073,741,824. The default is room for 100 commands of the largest size, wrapped in JSON
    /// as base64, and for 4,096 small ones that are not whole yet.
    /// </summary>
    public int MaxBodyBytesPerPolicy { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// What has come of the bodies of all devices together, and of all services together, in bytes. Range 67,108,864 to 1,073,741,824.
    /// Beyond it a request is refused as <c>throttled</c>.
    /// </summary>
    public int MaxBodyBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>
    /// The least that <c>Retry-After</c> says when a request is refused for now, in seconds. Range 1 to 3,600.
    /// </summary>
    public int RetryAfterSeconds { get; init; } = 5;

    /// <summary>
    /// By how much more than <see cref="RetryAfterSeconds"/> it may be, by chance, in seconds, so that a fleet that was refused at once
    /// does not come back at once. Range 0 to 3,600.
    /// </summary>
    public int RetryAfterSpreadSeconds { get; init; } = 10;

    /// <summary>What is wrong with the options, in words that name the option and its range; empty when nothing is.</summary>
    public IReadOnlyList<string> Validate()
    {
        var faults = new List<string>();
        Check(faults, nameof(MaxLongPolls), MaxLongPolls, 1, 100_000);
        Check(faults, nameof(LongPollSharePercent), LongPollSharePercent, 1, 100);
        Check(faults, nameof(MaxReadingsPerPolicy), MaxReadingsPerPolicy, 1, 10_000);
        Check(faults, nameof(ReadingWaitSeconds), ReadingWaitSeconds, 1, 600);
        Check(faults, nameof(MaxDevicePolls), MaxDevicePolls, 1, 1_000_000);
        Check(faults, nameof(MaxPollsPerDevice), MaxPollsPerDevice, 1, 100);
        Check(faults, nameof(MaxDeviceSessions), MaxDeviceSessions, 1, 1_000_000);
        Check(faults, nameof(DeviceIdleSeconds), DeviceIdleSeconds, 1, 3_600);
        Check(faults, nameof(MaxInHandPerDevice), MaxInHandPerDevice, 1, 10_000);
        Check(faults, nameof(MaxPollWaitSeconds), MaxPollWaitSeconds, 1, 600);
        Check(faults, nameof(MaxCommandWaitSeconds), MaxCommandWaitSeconds, 1, 3_600);
        Check(faults, nameof(HeartbeatSeconds), HeartbeatSeconds, 1, 300);
        Check(faults, nameof(MaxPageBytes), MaxPageBytes, 65_536, 67_108_864);
        Check(faults, nameof(MaxRegistryBodyBytes), MaxRegistryBodyBytes, 1_024, 1_048_576);
        Check(faults, nameof(MaxBatchBytes), MaxBatchBytes, 65_536, 16_777_216);
        Check(faults, nameof(MaxBodyBytesPerDevice), MaxBodyBytesPerDevice, 65_536, 1_073_741_824);
        Check(faults, nameof(MaxBodyBytesPerPolicy), MaxBodyBytesPerPolicy, 65_536, 1_073_741_824);
        Check(faults, nameof(MaxBodyBytes), MaxBodyBytes, 67_108_864, 1_073_741_824);
        Check(faults, nameof(RetryAfterSeconds), RetryAfterSeconds, 1, 3_600);
        Check(faults, nameof(RetryAfterSpreadSeconds), RetryAfterSpreadSeconds, 0, 3_600);
        return faults;
    }

    private static void Check(List<string> faults, string name, int value, int min, int max)
    {
        if (value < min || value > max)
            faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} is {value}; it must be {min} to {max}."));
    }
}
