using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>Many devices in one transaction. It may be executed again when the transaction could not be committed.</summary>
internal sealed class ImportOperation(
    RegistryRows rows, DeviceWrites writes, IReadOnlyList<DeviceLine> lines, bool update, long nowMs, AudienceQuery? reach)
{
    private const int BytesOfADevice = 256;

    private readonly DeviceLineResult[] _results = new DeviceLineResult[lines.Count];
    private readonly IReadOnlyList<string>[] _before = new IReadOnlyList<string>[lines.Count];

    /// <summary>About what the devices take while they wait.</summary>
    public long Bytes { get; } = lines.Sum(static l => BytesOfADevice + l.Device.Tags.Length + (long)l.Device.Desired.Length);

    public IReadOnlyList<DeviceLineResult> Execute(Connection connection)
    {
        for (int i = 0; i < _results.Length; i++)
            _results[i] = Execute(connection, lines[i], out _before[i]);
        return _results;
    }

    /// <summary>Shows in memory what was committed.</summary>
    /// <param name="created">Shows a device that has come.</param>
    /// <param name="changed">Shows one that was changed, with the groups it was in.</param>
    public void Apply(Action<DeviceRecord> created, Action<DeviceRecord, IReadOnlyList<string>> changed)
    {
        for (int i = 0; i < _results.Length; i++)
        {
            if (_results[i].Status == DeviceLineStatus.Created)
                created(_results[i].Device!);
            else if (_results[i].Status == DeviceLineStatus.Changed)
                changed(_results[i].Device!, _before[i]);
        }
    }

    private DeviceLineResult Execute(Connection connection, DeviceLine line, out IReadOnlyList<string> before)
    {
        before = [];
        NewDevice wish = line.Device;
        DeviceRecord? gateway = wish.Gateway is DeviceId acting ? rows.ReadDevice(connection, acting) : null;
        DeviceLineResult result = line.Decide(rows.ReadDevice(connection, wish.Id), gateway, update, reach);
        return result.Status switch
        {
            DeviceLineStatus.Created => result with { Device = writes.Insert(connection, wish, nowMs) },
            DeviceLineStatus.Changed => result with
            {
                Device = writes.Update(connection, wish.Id, result.Change!, nowMs, out before).Device,
            },
            _ => result,
        };
    }
}
