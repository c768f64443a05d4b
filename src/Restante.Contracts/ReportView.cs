using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>What a device reported on a command.</summary>
public sealed record ReportView : MessageParts
{
    /// <summary>Its place in the feed of all reports.</summary>
    public required long Place { get; init; }

    /// <summary>The command.</summary>
    public required string Command { get; init; }

    /// <summary>Its place among the reports on that command: 1, 2, 3 and so on.</summary>
    public required int Number { get; init; }

    /// <summary>True when no other follows.</summary>
    [JsonPropertyName("final")]
    public required bool IsFinal { get; init; }

    /// <summary>The authenticated device.</summary>
    public required string Device { get; init; }

    /// <summary>When the gateway took it.</summary>
    public required DateTimeOffset At { get; init; }
}
