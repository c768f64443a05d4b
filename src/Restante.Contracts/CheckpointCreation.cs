using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>What a reader of a consumer group has dealt with.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CheckpointCreation
{
    /// <summary>The reader's name.</summary>
    [Required]
    public string? Reader { get; init; }

    /// <summary>The last record dealt with, in each partition that is meant.</summary>
    [Required]
    public IReadOnlyList<PartitionPlace>? Partitions { get; init; }
}
