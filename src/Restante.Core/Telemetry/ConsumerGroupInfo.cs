namespace Restante.Core.Telemetry;

/// <summary>How a consumer group stands.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Readers">Who reads at present, in the order in which they joined.</param>
/// <param name="Partitions">The partitions that it has begun with, in order.</param>
public sealed record ConsumerGroupInfo(
    string Name, IReadOnlyList<GroupReaderInfo> Readers, IReadOnlyList<GroupPartitionInfo> Partitions);

/// <summary>A reader of a consumer group.</summary>
/// <param name="Name">What it calls itself.</param>
/// <param name="Policy">The policy it has authenticated with.</param>
/// <param name="IsPolling">True when it holds its place by polling, false when by a connection.</param>
/// <param name="Partitions">What it holds.</param>
public sealed record GroupReaderInfo(string Name, string Policy, bool IsPolling, IReadOnlyList<int> Partitions);

/// <summary>A partition as a consumer group stands in it.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Reader">Who holds it; null for nobody.</param>
/// <param name="NextSequenceNumber">The first record that has not been dealt with: the checkpoint.</param>
/// <param name="Behind">How many records that are kept have not been dealt with.</param>
/// <param name="Skipped">How many records the group has missed since the start of the gateway, because retention had dropped them.</param>
public sealed record GroupPartitionInfo(int Partition, string? Reader, long NextSequenceNumber, long Behind, long Skipped);
