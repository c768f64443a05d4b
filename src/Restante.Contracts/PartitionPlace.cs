using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>A record of a partition.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PartitionPlace
{
    /// <summary>The partition.</summary>
    public required int Partition { get; init; }

    /// <summary>Its sequence number.</summary>
    public required long SequenceNumber { get; init; }
}
