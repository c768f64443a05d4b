namespace Restante.Core.Storage;

/// <summary>What became of a write to a state document.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Version">The part's version after the call; 0 when there is no such device.</param>
public readonly record struct StateWriteResult(StateWriteStatus Status, long Version);

/// <summary>Whether a write to a state document was done.</summary>
public enum StateWriteStatus
{
    /// <summary>Done.</summary>
    Written,

    /// <summary>There is no such device.</summary>
    NotFound,

    /// <summary>The part has another version.</summary>
    VersionMismatch,
}
