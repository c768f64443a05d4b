namespace Restante.Core.Storage;

/// <summary>What became of a recall.</summary>
public enum RecallStatus
{
    /// <summary>It is recalled.</summary>
    Recalled,

    /// <summary>There is no such notification (any more).</summary>
    NotFound,

    /// <summary>It has expired, or was recalled before. Nothing changed.</summary>
    NotActive,
}
