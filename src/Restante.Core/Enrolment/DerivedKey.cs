using System.Security.Cryptography;
using System.Text;
using Restante.Core.Devices;

namespace Restante.Core.Enrolment;

/// <summary>
/// The key of one device of a group: the HMAC-SHA256 of its id in UTF-8 under the key of the group. Whoever makes devices computes it and
/// puts it in; the group's key stays at home.
/// </summary>
public static class DerivedKey
{
    /// <summary>The key of a device.</summary>
    /// <param name="groupKey">A key of the group.</param>
    /// <param name="id">The device's id.</param>
    public static SymmetricKey Of(SymmetricKey groupKey, DeviceId id)
    {
        Span<byte> derived = stackalloc byte[SymmetricKey.LengthBytes];
        HMACSHA256.HashData(groupKey.Bytes, Encoding.UTF8.GetBytes(id.Value), derived);
        return SymmetricKey.FromBytes(derived);
    }
}
