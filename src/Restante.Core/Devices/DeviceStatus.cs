namespace Restante.Core.Devices;

/// <summary>Whether a device may connect. Mail for a disabled device is kept.</summary>
public enum DeviceStatus
{
    /// <summary>The device may authenticate.</summary>
    Enabled = 0,

    /// <summary>Authentication is refused and live connections are closed.</summary>
    Disabled = 1,
}
