using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Heads.Http.Sessions;

/// <summary>
/// Which requests are of one session: those of a device with the same key or certificate, or of the same gateway with the same for it. So
/// what is taken away ends the session of whoever used it, and no other.
/// </summary>
internal readonly record struct SessionKey(DeviceNumber Device, DeviceNumber Through, CredentialSlot Slot, AccessBasis Basis)
{
    public static SessionKey Of(DevicePrincipal device) =>
        new(device.Number, device.Through?.Number ?? default, device.Slot, device.Basis);
}
