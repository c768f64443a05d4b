namespace Restante.Bench;

/// <summary>What all benches can be told.</summary>
internal sealed record BenchOptions
{
    /// <summary>The address of a gateway's REST interface; null to start a gateway for the bench.</summary>
    public Uri? Url { get; init; }

    public int AmqpPort { get; init; }

    public int MqttPort { get; init; }

    public string? CaFile { get; init; }

    public string? Key { get; init; }

    public string Policy { get; init; } = "admin";

    /// <summary>The gateway's process on this machine, to measure it; known when the bench starts it.</summary>
    public int? ProcessId { get; init; }

    /// <summary>The data directory of the gateway the bench starts; a temporary one when null.</summary>
    public string? Data { get; init; }

    public bool Plain { get; init; }

    public string Protocol { get; init; } = "amqp";

    public int Devices { get; init; }

    public int Messages { get; init; }

    public int SizeBytes { get; init; }

    public int Window { get; init; }

    public int Rate { get; init; }

    public int Handlers { get; init; }

    public int Seconds { get; init; }

    public int Rounds { get; init; }

    public bool Json { get; init; }
}
