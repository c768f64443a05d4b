using Restante.Core.Access;
using Restante.Core.Devices;
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
                    await CreateAgainAsync(gateway, device);
                    return;
                }

                device.Exists = true;
                device.IsBeingRemoved = false;
                await gateway.Devices.SetStatusAsync(device.Id, DeviceStatus.Enabled);
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
        DeviceKey? next = device.Keys[other] is not null && dice.Chance(300) ? null : device.Keys.New();
        device.ChangesKeyIn = world.Ends;
        world.Call(gateway => ChangeAsync(gateway, device, slot, next));
    }

    /// <summary>Creates a device with the keys that it knows.</summary>
    public static ValueTask<Result<DeviceRecord>> CreateAsync(Core.Gateway gateway, Device device) => gateway.Devices.CreateAsync(
        device.Id,
        primary: device.Keys[CredentialSlot.Primary]!.Key,
        secondary: device.Keys[CredentialSlot.Secondary]!.Key,
        groups: ["all"]);

    // What nobody hears of may have been done all the same: a device then tries both.
    private async Task ChangeAsync(Core.Gateway gateway, Device device, CredentialSlot slot, DeviceKey? next)
    {
        int generation = device.Generation;
        if (next is not null)
            device.Keys.Expect(slot, next);
        Result<DeviceRecord> changed = next is null
            ? await gateway.Devices.SetCredentialAsync(device.Id, slot, Credential.None)
            : await gateway.Devices.RotateKeyAsync(device.Id, slot, next.Key);
        world.Timeline.Note($"the {slot} key of {device.Id} is {(changed.IsSuccess ? "now " + (next?.Name ?? "gone") : "not changed")}");
        if (device.Generation != generation)
            return;
        device.ChangesKeyIn = null;
        if (!changed.IsSuccess)
            return;
        foreach (DeviceKey old in device.Keys.Settle(slot, next))
            world.Ledger.Retired(old.Name);
    }

    private void Removed(Device device)
    {
        device.Exists = false;
        world.Ledger.Removed(device.Id);
        world.Timeline.After(3_000, world.Life, () =>
        {
            if (!device.Exists)
                world.Call(gateway => CreateAgainAsync(gateway, device));
        });
        foreach (DeviceKey old in device.BeReborn())
            world.Ledger.Retired(old.Name);
    }

    private async Task CreateAgainAsync(Core.Gateway gateway, Device device)
    {
        if (device.Exists)
            return;
        world.Ledger.Restored(device.Id);
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
