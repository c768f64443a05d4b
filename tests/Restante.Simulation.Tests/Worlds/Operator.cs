using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Peers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>
/// Shuts devices out and lets them in again, changes their keys and takes them away, removes devices and creates others of the same name.
/// </summary>
internal sealed class Operator(World world, Dice dice)
{
    private static readonly CredentialSlot[] s_slots = [CredentialSlot.Primary, CredentialSlot.Secondary];

    private readonly HashSet<string> _disabled = [];

    /// <summary>Disables a device, or enables it again.</summary>
    public void Toggle(Device device)
    {
        if (!device.Exists || device.IsBeingRemoved)
            return;
        if (_disabled.Remove(device.Id))
            Enable(device);
        else
            Disable(device);
    }

    /// <summary>Removes a device and creates another of its name.</summary>
    public void Replace(Device device)
    {
        if (!device.Exists || device.IsBeingRemoved)
            return;
        device.IsBeingRemoved = true;
        foreach (Message message in world.Ledger.Messages.Where(m => m.Device == device.Id))
        {
            message.MayBeRemoved = true;
            if (message.IsAcknowledged && !message.IsNotification)
                message.LastGeneration = Math.Min(message.LastGeneration, device.Generation);
        }

        world.Call(async gateway =>
        {
            Result<RemovedDevice> removed = await gateway.Devices.RemoveAsync(device.Id);
            world.Timeline.Note($"{device.Id} is {(removed.IsSuccess ? "removed" : "not removed")}");
            if (removed.IsSuccess)
                Removed(device);
            else
                device.IsBeingRemoved = false;
        });
    }

    /// <summary>Sees to it that each device is there and enabled, whatever came of what was begun.</summary>
    public void Restore()
    {
        foreach (Device device in world.Devices)
        {
            world.Call(async gateway =>
            {
                world.Ledger.Restored(device.Id);
                _disabled.Remove(device.Id);
                Result<DeviceRecord> found = await gateway.Devices.FindAsync(device.Id);
                if (!found.IsSuccess)
                {
                    if (device.Exists)
                        Removed(device);
                    await LetComeAgainAsync(gateway, device);
                    return;
                }

                device.Exists = true;
                device.IsBeingRemoved = false;
                await gateway.Devices.SetStatusAsync(device.Id, DeviceStatus.Enabled);
                if (!device.Keys.MayBeShutOut)
                    return; // Whatever happened to its keys, it comes in with one of those it knows of.
                foreach (CredentialSlot slot in s_slots)
                    await ChangeAsync(gateway, device, slot, device.Keys.New());
            });
        }
    }

    /// <summary>Puts another key into a slot of a device, or none: whoever is connected with the one before has to go.</summary>
    public void ChangeKey(Device device)
    {
        if (!device.Exists || device.IsBeingRemoved || device.ChangesKeyIn == world.Ends)
            return;
        CredentialSlot slot = dice.Pick(s_slots);
        CredentialSlot other = slot == CredentialSlot.Primary ? CredentialSlot.Secondary : CredentialSlot.Primary;
        DeviceKey? next = device.Keys.IsSure(other) && dice.Chance(300) ? null : device.Keys.New();
        device.ChangesKeyIn = world.Ends;
        world.Call(gateway => ChangeAsync(gateway, device, slot, next));
    }

    /// <summary>Creates a device with the keys that it knows.</summary>
    public static ValueTask<Result<DeviceRecord>> CreateAsync(Core.Gateway gateway, Device device) => gateway.Devices.CreateAsync(
        device.Id,
        primary: device.Keys[CredentialSlot.Primary]!.Held,
        secondary: device.Keys[CredentialSlot.Secondary]!.Held,
        tags: ScopedService.TagsOf(device.Zone),
        groups: ["all"]);

    // What nobody hears of may have been done all the same: a device then tries both.
    private async Task ChangeAsync(Core.Gateway gateway, Device device, CredentialSlot slot, DeviceKey? next)
    {
        int generation = device.Generation;
        KeyChange change = device.Keys.Begin(slot, next, world.Ends);
        Result<DeviceRecord> changed = next?.Held is SymmetricKey key
            ? await gateway.Devices.RotateKeyAsync(device.Id, slot, key)
            : await gateway.Devices.SetCredentialAsync(device.Id, slot, next?.Held ?? Credential.None);
        world.Timeline.Note($"the {slot} key of {device.Id} is {(changed.IsSuccess ? "now " + (next?.Name ?? "gone") : "not changed")}");
        if (device.Generation != generation)
            return;
        device.ChangesKeyIn = null;
        if (!changed.IsSuccess)
        {
            device.Keys.Leave(change);
            return;
        }

        foreach (DeviceKey old in device.Keys.Confirm(change))
            world.Ledger.Retired(old.Name);
    }

    private void Removed(Device device)
    {
        device.Exists = false;
        device.IsBeingRemoved = device.Enrols is null;
        _disabled.Remove(device.Id);
        world.Ledger.Removed(device.Id, device.Generation);
        world.Ledger.Reach.DeviceIs(device.Id, "");
        world.Timeline.After(3_000, world.Life, () =>
        {
            if (!device.Exists && (device.Enrols is null || !dice.Chance(300)))
                world.Call(gateway => LetComeAgainAsync(gateway, device));
        });
        foreach (DeviceKey old in device.BeReborn())
            world.Ledger.Retired(old.Name);
    }

    private Task LetComeAgainAsync(Core.Gateway gateway, Device device) =>
        device.Enrols is null ? CreateAgainAsync(gateway, device) : ReleaseAsync(gateway, device);

    // From now on it may enrol again. Connections that the one before began would bring the next one in.
    private async Task ReleaseAsync(Core.Gateway gateway, Device device)
    {
        if (device.Exists)
            return;
        world.Ledger.Restored(device.Id);
        foreach (IDevicePeer peer in device.Peers.Where(p => p.Hold.Generation < device.Generation).ToArray())
            peer.Cut();
        world.Ledger.Reach.DeviceMayBe(device.Id, device.Zone);
        Result<bool> released = await gateway.Enrolled.ReleaseAsync(device.Id);
        world.Timeline.Note($"{device.Id} is {(released.IsSuccess ? "released" : "not released")}");
        bool mayCome = released.IsSuccess || released.Refusal.Kind == RefusalKind.NotFound;
        if (device.Enrols == EnrolmentKind.Claim && mayCome && await world.Enrolments.MakeClaimAsync(gateway) is Claim claim)
            device.Claim = claim;
    }

    private async Task CreateAgainAsync(Core.Gateway gateway, Device device)
    {
        if (device.Exists)
            return;
        world.Ledger.Restored(device.Id);
        world.Ledger.Reach.DeviceMayBe(device.Id, device.Zone);
        Result<DeviceRecord> created = await CreateAsync(gateway, device);
        world.Timeline.Note($"{device.Id} is {(created.IsSuccess ? "created" : "not created")} again");
        if (!created.IsSuccess)
            return;
        device.Exists = true;
        device.IsBeingRemoved = false;
        _disabled.Remove(device.Id);
    }

    private void Disable(Device device) => world.Call(async gateway =>
    {
        _disabled.Add(device.Id);
        Result<DeviceRecord> result = await gateway.Devices.SetStatusAsync(device.Id, DeviceStatus.Disabled);
        world.Timeline.Note($"{device.Id} is {(result.IsSuccess ? "disabled" : "not disabled")}");
        if (result.IsSuccess && _disabled.Contains(device.Id))
            world.Ledger.Revoked(device.Id);
    });

    private void Enable(Device device) => world.Call(async gateway =>
    {
        world.Ledger.Restored(device.Id);
        Result<DeviceRecord> result = await gateway.Devices.SetStatusAsync(device.Id, DeviceStatus.Enabled);
        world.Timeline.Note($"{device.Id} is {(result.IsSuccess ? "enabled" : "not enabled")}");
    });
}
