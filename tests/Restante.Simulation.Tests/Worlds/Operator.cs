using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Peers;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>Shuts devices out and lets them in again, removes them and creates others of the same name.</summary>
internal sealed class Operator(World world)
{
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
                    await CreateAsync(gateway, device);
                    return;
                }

                device.Exists = true;
                device.IsBeingRemoved = false;
                await gateway.Devices.SetStatusAsync(device.Id, DeviceStatus.Enabled);
            });
        }
    }

    private void Removed(Device device)
    {
        device.Exists = false;
        world.Ledger.Removed(device.Id);
        world.Timeline.After(3_000, world.Life, () =>
        {
            if (!device.Exists)
                world.Call(gateway => CreateAsync(gateway, device));
        });
        device.BeReborn();
    }

    private async Task CreateAsync(Core.Gateway gateway, Device device)
    {
        if (device.Exists)
            return;
        world.Ledger.Restored(device.Id);
        Result<DeviceRecord> created = await gateway.Devices.CreateAsync(device.Id, primary: device.Key, groups: ["all"]);
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
