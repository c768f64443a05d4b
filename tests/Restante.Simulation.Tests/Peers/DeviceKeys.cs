using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Peers;

/// <summary>
/// What a device may prove to be itself by: in each of its two slots what is known to be there, and that of which nobody heard whether it
/// came or went. A device that connects tries one of them; who waits long enough is let in, unless both slots may be empty.
/// </summary>
/// <param name="device">Whose they are.</param>
/// <param name="dice">Chance.</param>
/// <param name="certificatePerMille">How often a certificate is chosen where a key would do, in a thousand.</param>
/// <param name="makers">The authorities that have not signed for it yet.</param>
internal sealed class DeviceKeys(string device, Dice dice, int certificatePerMille, IEnumerable<Maker> makers)
{
    private readonly List<DeviceKey>[] _slots = [[], []];
    private readonly bool[] _mayBeEmpty = [true, true];
    private readonly int[] _begun = [0, 0];
    private readonly List<KeyChange> _pending = [];
    private readonly Queue<Maker> _makers = new(makers);
    private int _count;

    /// <summary>True when everything that it has may have been taken from it.</summary>
    public bool MayBeShutOut => !IsSure(CredentialSlot.Primary) && !IsSure(CredentialSlot.Secondary);

    /// <summary>The newest that a slot may hold; null when it is empty.</summary>
    public DeviceKey? this[CredentialSlot slot] => _slots[(int)slot] is [.., var newest] ? newest : null;

    /// <summary>
    /// Something new, which is in no slot yet. An authority signs once only: whoever has one of its certificates could use it for any later
    /// slot that takes them.
    /// </summary>
    public DeviceKey New() =>
        certificatePerMille > 0 && dice.Chance(certificatePerMille / 2) && _makers.TryDequeue(out Maker? maker) ? Signed(maker) : NewOwn();

    /// <summary>A new key, or a certificate that nobody but itself has signed.</summary>
    public DeviceKey NewOwn()
    {
        if (!dice.Chance(certificatePerMille))
            return Of(SymmetricKey.FromBytes(dice.Bytes(SymmetricKey.LengthBytes)));
        string name = NextName();
        var certificate = Maker.SelfSigned(name, device);
        return new DeviceKey(name, CertificateThumbprint.Of(certificate.Leaf.Span)) { Certificate = certificate };
    }

    /// <summary>A certificate of an authority.</summary>
    public DeviceKey Signed(Maker maker) =>
        new(NextName(), new AuthoritySigned(maker.Name)) { Certificate = maker.For(device) };

    /// <summary>A key that was made elsewhere.</summary>
    public DeviceKey Of(SymmetricKey key) => new(NextName(), key);

    /// <summary>Anything it may have; another try may give another one. Null when there is nothing.</summary>
    public DeviceKey? Any()
    {
        DeviceKey[] all = [.. _slots.SelectMany(static s => s)];
        return all.Length == 0 ? null : dice.Pick(all);
    }

    /// <summary>True when a slot is known to hold something.</summary>
    public bool IsSure(CredentialSlot slot) => _slots[(int)slot].Count > 0 && !_mayBeEmpty[(int)slot];

    /// <summary>The slot that something may be in; null when it is in none any more.</summary>
    public CredentialSlot? SlotOf(string name) =>
        Array.FindIndex(_slots, s => s.Exists(k => k.Name == name)) is int at and >= 0 ? (CredentialSlot)at : null;

    /// <summary>Somebody begins to change what a slot holds.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="next">What is to be there; null for nothing.</param>
    /// <param name="run">The run of the gateway.</param>
    public KeyChange Begin(CredentialSlot slot, DeviceKey? next, int run)
    {
        _pending.RemoveAll(c => c.Run != run);
        var change = new KeyChange(slot, next, run, ++_begun[(int)slot]);
        foreach (KeyChange other in _pending.Where(c => c.Slot == slot))
            other.IsAlone = change.IsAlone = false;
        _pending.Add(change);
        if (next is null)
            _mayBeEmpty[(int)slot] = true;
        else if (!_slots[(int)slot].Contains(next))
            _slots[(int)slot].Add(next);
        return change;
    }

    /// <summary>
    /// Somebody asks once more for a change of which he heard nothing. It may have been done the first time, and then is not done again: so
    /// what others did meanwhile is what counts.
    /// </summary>
    public KeyChange Again(KeyChange change, int run)
    {
        if (_pending.Contains(change) && change.Run == run)
        {
            change.Attempts++;
            return change;
        }

        bool isAlone = change.IsAlone && change.Number == _begun[(int)change.Slot];
        KeyChange again = Begin(change.Slot, change.Next, run);
        again.IsAlone &= isAlone;
        return again;
    }

    /// <summary>True when a change may have been done, or may still be, and nothing is known to have come after it.</summary>
    public bool IsOpen(KeyChange change) =>
        change.Next is null ? _mayBeEmpty[(int)change.Slot] : _slots[(int)change.Slot].Contains(change.Next);

    /// <summary>One attempt at a change is over, and nobody knows what it did.</summary>
    public void Leave(KeyChange change)
    {
        if (--change.Attempts == 0)
            _pending.Remove(change);
    }

    /// <summary>A change was confirmed.</summary>
    /// <returns>What is good for nothing any more.</returns>
    public IReadOnlyList<DeviceKey> Confirm(KeyChange change) =>
        _pending.Remove(change) && change.IsAlone ? Settle(change.Slot, change.Next) : [];

    /// <summary>It is another device from now on.</summary>
    /// <returns>What is good for nothing any more.</returns>
    public IReadOnlyList<DeviceKey> Replace(DeviceKey primary, DeviceKey? secondary)
    {
        _pending.Clear();
        return [.. Settle(CredentialSlot.Primary, primary), .. Settle(CredentialSlot.Secondary, secondary)];
    }

    private DeviceKey[] Settle(CredentialSlot slot, DeviceKey? key)
    {
        List<DeviceKey> keys = _slots[(int)slot];
        DeviceKey[] old = [.. keys.Where(k => k != key)];
        keys.Clear();
        if (key is not null)
            keys.Add(key);
        _mayBeEmpty[(int)slot] = key is null;
        return old;
    }

    private string NextName() => $"{device}#{++_count}";
}
