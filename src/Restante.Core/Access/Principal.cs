using Restante.Core.Devices;

namespace Restante.Core.Access;

/// <summary>Who is at the other end, as authenticated.</summary>
public abstract class Principal
{
    private protected Principal(string name, KeySlot slot, long expiresAtMs)
    {
        Name = name;
        Slot = slot;
        ExpiresAtMs = expiresAtMs;
    }

    /// <summary>The device id, or the policy's name.</summary>
    public string Name { get; }

    /// <summary>Which of its keys it used.</summary>
    public KeySlot Slot { get; }

    /// <summary>The key it proved to have; null when the principal was not made by the authenticator.</summary>
    internal SymmetricKey? Key { get; init; }

    /// <summary>When its token ends and with it the connection, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAtMs { get; }
}

/// <summary>An authenticated device.</summary>
public sealed class DevicePrincipal(DeviceId id, DeviceNumber number, KeySlot slot, long expiresAtMs)
    : Principal(id.Value, slot, expiresAtMs)
{
    /// <summary>The device's id.</summary>
    public DeviceId Id => DeviceId.Parse(Name);

    /// <summary>What it authenticated with, in words: <c>primary key</c>, <c>token of the secondary key</c>.</summary>
    public string Credential
    {
        get
        {
            string own = (Slot, ExpiresAtMs == long.MaxValue) switch
            {
                (KeySlot.Primary, true) => "primary key",
                (KeySlot.Primary, false) => "token of the primary key",
                (_, true) => "secondary key",
                _ => "token of the secondary key",
            };
            return Through is null ? own : $"{own} of its gateway {Through.Name}";
        }
    }

    /// <summary>The device's generation.</summary>
    public DeviceNumber Number { get; } = number;

    /// <summary>The field gateway that acts for it, and whose credentials were used; null when the device itself does.</summary>
    public DevicePrincipal? Through { get; init; }
}

/// <summary>An authenticated service or operator.</summary>
public sealed class ServicePrincipal(string policy, Rights rights, KeySlot slot, long expiresAtMs)
    : Principal(policy, slot, expiresAtMs)
{
    /// <summary>What its policy allows.</summary>
    public Rights Rights { get; } = rights;

    /// <summary>True when the policy allows it.</summary>
    public bool May(Rights right) => (Rights & Rights.Admin) != 0 || (Rights & right) == right;
}
