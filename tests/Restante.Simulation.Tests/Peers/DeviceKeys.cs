using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Peers;

/// <summary>
/// The keys that a device may have: in each of its two slots the one that it is known to have, and those of which nobody heard whether they
/// came there. A device that connects tries one of them.
/// </summary>
internal sealed class DeviceKeys
{
    private readonly string _device;
    private readonly Dice _dice;
    private readonly List<DeviceKey>[] _slots;
    private int _count;

    public DeviceKeys(string device, Dice dice)
    {
        _device = device;
        _dice = dice;
        _slots = [[New()], [New()]];
    }

    /// <summary>A new key, which is in no slot yet.</summary>
    public DeviceKey New() => new($"{_device}#{++_count}", SymmetricKey.FromBytes(_dice.Bytes(SymmetricKey.LengthBytes)));

    /// <summary>The newest key of a slot; null when it is empty.</summary>
    public DeviceKey? this[CredentialSlot slot] => _slots[(int)slot] is [.., var newest] ? newest : null;

    /// <summary>Any key it may have; another try may give another one.</summary>
    public DeviceKey Any() => _dice.Pick([.. _slots.SelectMany(static s => s)]);

    /// <summary>Somebody is putting a key into a slot.</summary>
    public void Expect(CredentialSlot slot, DeviceKey key) => _slots[(int)slot].Add(key);

    /// <summary>It is known what a slot holds; null for nothing.</summary>
    /// <returns>The keys that are good for nothing any more.</returns>
    public IReadOnlyList<DeviceKey> Settle(CredentialSlot slot, DeviceKey? key)
    {
        List<DeviceKey> keys = _slots[(int)slot];
        DeviceKey[] old = [.. keys.Where(k => k != key)];
        keys.Clear();
        if (key is not null)
            keys.Add(key);
        return old;
    }
}
