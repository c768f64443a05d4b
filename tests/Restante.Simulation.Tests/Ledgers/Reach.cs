using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Ledgers;

/// <summary>
/// Whom the service with a scope may reach, as far as that is known outside of the gateway: at each time the zones that a device may be in,
/// and the zones that the scope may name. A zone is a letter; a device that is not there is in none.
/// </summary>
internal sealed class Reach(Timeline timeline)
{
    private readonly Dictionary<string, List<Period>> _devices = [];
    private readonly List<Period> _scope = [];

    /// <summary>From now on a device may be in a zone as well.</summary>
    public void DeviceMayBe(string device, string zone) => Also(Of(device), zone);

    /// <summary>It is known where a device is.</summary>
    public void DeviceIs(string device, string zone) => Of(device).Add(new Period(timeline.NowMs, [zone]));

    /// <summary>From now on the scope may name other zones.</summary>
    public void ScopeMayBe(string zones) => Also(_scope, zones);

    /// <summary>It is known which zones the scope names.</summary>
    public void ScopeIs(string zones) => _scope.Add(new Period(timeline.NowMs, [zones]));

    /// <summary>False when a device was outside the scope all the time, both ends included.</summary>
    public bool MayReach(string device, long fromMs, long toMs) => Overlaps(_scope, fromMs, toMs)
        .Any(scope => scope.Values.Any(zones => MayBeIn(device, zones, Math.Max(fromMs, scope.FromMs), Math.Min(toMs, scope.ToMs))));

    /// <summary>False when a device was in none of these zones all the time, both ends included.</summary>
    public bool MayBeIn(string device, string zones, long fromMs, long toMs) =>
        Overlaps(Of(device), fromMs, toMs).Any(at => at.Values.Any(zone => zone.Length > 0 && zones.Contains(zone)));

    /// <summary>True when a device was in one of these zones for certain all the time, both ends included.</summary>
    public bool WasIn(string device, string zones, long fromMs, long toMs) =>
        Overlaps(Of(device), fromMs, toMs).All(at => at.Values.All(zone => zone.Length > 0 && zones.Contains(zone)));

    private void Also(List<Period> periods, string value) =>
        periods.Add(new Period(timeline.NowMs, [.. periods.Count == 0 ? [] : periods[^1].Values, value]));

    private static IEnumerable<(string[] Values, long FromMs, long ToMs)> Overlaps(List<Period> periods, long fromMs, long toMs)
    {
        for (int i = periods.Count - 1; i >= 0; i--)
        {
            long endsMs = i + 1 < periods.Count ? periods[i + 1].FromMs : long.MaxValue;
            if (endsMs < fromMs)
                yield break;
            if (periods[i].FromMs <= toMs)
                yield return (periods[i].Values, periods[i].FromMs, endsMs);
        }
    }

    private List<Period> Of(string device)
    {
        if (!_devices.TryGetValue(device, out List<Period>? periods))
            _devices.Add(device, periods = []);
        return periods;
    }

    private sealed record Period(long FromMs, string[] Values);
}
