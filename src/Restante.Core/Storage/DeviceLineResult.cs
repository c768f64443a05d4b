using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>What became of a device of an import.</summary>
/// <param name="Status">What was done.</param>
/// <param name="Device">The device after the call; null when there is none.</param>
/// <param name="Change">What was changed of a device that was there; null when nothing was.</param>
public readonly record struct DeviceLineResult(DeviceLineStatus Status, DeviceRecord? Device, DeviceUpdate? Change = null);

/// <summary>What was done with a device of an import.</summary>
public enum DeviceLineStatus
{
    /// <summary>It was created.</summary>
    Created,

    /// <summary>It was there and is now as was said.</summary>
    Changed,

    /// <summary>It was there and was as was said.</summary>
    Unchanged,

    /// <summary>It was there, is otherwise than was said, and stays so.</summary>
    Differs,

    /// <summary>There is no device of the gateway's id, or it is out of reach.</summary>
    GatewayNotFound,

    /// <summary>It would be out of reach.</summary>
    Outside,

    /// <summary>It would be given a certificate, by somebody who does not reach all devices.</summary>
    CertificateGiven,

    /// <summary>It would come into a group that is part of another's scope; see <see cref="DeviceLine.Reserved"/>.</summary>
    Reserved,
}
