using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Heads.Http.Sessions;

/// <summary>
/// Which requests are of one session: those of a device with the same key, or of the same gateway with the same key for it.
/// </summary>
internal readonly record struct SessionKey(DeviceNumber Device, DeviceNumber Through, CredentialSlot Slot)
{
    public static SessionKey Of(DevicePrincipal device) => new(device.Number, device.Through?.Number ?? default, device.Slot);
}
