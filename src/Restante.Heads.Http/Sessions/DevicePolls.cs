using Restante.Core.Devices;

namespace Restante.Heads.Http.Sessions;

/// <summary>How many requests of each device wait, over all of its sessions. Safe for several threads.</summary>
/// <param name="max">How many may of one device.</param>
internal sealed class DevicePolls(int max)
{
    private readonly Dictionary<DeviceNumber, int> _waiting = [];

    /// <summary>One more; false when there are as many as a device may have.</summary>
    public bool TryTake(DeviceNumber device)
    {
        lock (_waiting)
        {
            int waiting = _waiting.GetValueOrDefault(device);
            if (waiting >= max)
                return false;
            _waiting[device] = waiting + 1;
            return true;
        }
    }

    /// <summary>One less.</summary>
    public void Return(DeviceNumber device)
    {
        lock (_waiting)
        {
            if (_waiting[device] > 1)
                _waiting[device]--;
            else
                _waiting.Remove(device);
        }
    }
}
