namespace Restante.Core.Storage;

/// <summary>What became of the release of an id.</summary>
public enum ReleaseStatus
{
    /// <summary>It may be enrolled again.</summary>
    Released,

    /// <summary>It is not in the ledger.</summary>
    NotFound,

    /// <summary>There is a device of that id still.</summary>
    DeviceExists,
}
