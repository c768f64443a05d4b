namespace Restante.Core.Storage;

/// <summary>How far a consumer group has come in a partition.</summary>
/// <param name="Group">The group's name.</param>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="NextSequenceNumber">The first record that the group has not dealt with.</param>
public readonly record struct Checkpoint(string Group, int Partition, long NextSequenceNumber);
