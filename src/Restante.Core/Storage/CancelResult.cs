using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What became of the wish to take a message back.</summary>
/// <param name="Status">Whether it was done.</param>
/// <param name="Device">Whose message it is; 0 when it was not found.</param>
public readonly record struct CancelResult(CancelStatus Status, DeviceNumber Device);

/// <summary>Whether a message was taken back.</summary>
public enum CancelStatus
{
    /// <summary>It has ended as cancelled.</summary>
    Cancelled,

    /// <summary>It is in the hands of its receiver, or about to end. Nothing changed.</summary>
    InHand,

    /// <summary>It is in no mailbox: it has ended or never was.</summary>
    NotFound,
}
