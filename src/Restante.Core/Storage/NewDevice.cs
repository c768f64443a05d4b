using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Core.Storage;

/// <summary>A device to be created.</summary>
public sealed record NewDevice(DeviceId Id, DeviceStatus Status, Credential Primary, Credential Secondary)
{
    /// <summary>Its tags, see <see cref="DeviceRecord.Tags"/>.</summary>
    public string Tags { get; init; } = DeviceTags.None;

    /// <summary>Its groups, see <see cref="DeviceRecord.Groups"/>.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];

    /// <summary>The device that may act for it, see <see cref="DeviceRecord.Gateway"/>.</summary>
    public DeviceId? Gateway { get; init; }

    /// <summary>The desired state that it begins with, a JSON object in UTF-8 that has been checked; empty to begin without one.</summary>
    public ReadOnlyMemory<byte> Desired { get; init; }
}
