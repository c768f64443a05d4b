namespace Restante.System.Tests.Attacks;

/// <summary>How long a good client waited for each of what it did, in milliseconds.</summary>
internal sealed class Waits
{
    /// <summary>From the service's send until the device has the command.</summary>
    public List<double> Commands { get; } = [];

    /// <summary>From the device's publish until it is acknowledged.</summary>
    public List<double> Telemetry { get; } = [];

    /// <summary>From a request over HTTPS until its answer.</summary>
    public List<double> Requests { get; } = [];

    /// <summary>Each with its name.</summary>
    public IReadOnlyList<(string Name, List<double> Values)> All =>
        [("command", Commands), ("telemetry", Telemetry), ("request", Requests)];

    /// <summary>The wait that this share (0 to 1) did not exceed.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * share) - 1, 0, sorted.Length - 1)];
    }
}
