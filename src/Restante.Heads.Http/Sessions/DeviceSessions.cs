using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Http.Admission;

namespace Restante.Heads.Http.Sessions;

/// <summary>The sessions of devices that come by HTTP, at most <see cref="HttpHeadOptions.MaxDeviceSessions"/>.</summary>
internal sealed class DeviceSessions : IDisposable
{
    private const int LooksPerIdle = 4;

    private readonly ConcurrentDictionary<SessionKey, DeviceSession> _sessions = new();
    private readonly Gateway _gateway;
    private readonly HttpHeadOptions _options;
    private readonly HttpMetrics _metrics;
    private readonly DevicePolls _polls;
    private readonly ITimer _timer;
    private readonly TimeSpan _idle;
    private long _lastNumber;
    private int _isArmed;

    public DeviceSessions(Gateway gateway, HttpHeadOptions options, HttpMetrics metrics)
    {
        _gateway = gateway;
        _options = options;
        _metrics = metrics;
        _polls = new DevicePolls(options.MaxPollsPerDevice);
        _idle = TimeSpan.FromSeconds(options.DeviceIdleSeconds);
        _timer = gateway.Time.CreateTimer(_ => EndLapsed(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        metrics.Sessions = () => _sessions.Count;
    }

    /// <summary>How many there are.</summary>
    public int Count => _sessions.Count;

    /// <summary>
    /// The session of the caller, begun if there is none. Refusals: throttled (too many sessions), unauthorized (the device was revoked
    /// meanwhile), unavailable.
    /// </summary>
    public async ValueTask<Result<DeviceVisit>> VisitAsync(HttpContext context)
    {
        DevicePrincipal device = Caller.Device(context);
        var key = SessionKey.Of(device);
        while (true)
        {
            if (_sessions.TryGetValue(key, out DeviceSession? known))
            {
                if (known.TryVisit())
                    return new DeviceVisit(known);
                _sessions.TryRemove(KeyValuePair.Create(key, known));
                continue;
            }

            if (_sessions.Count >= _options.MaxDeviceSessions)
                return new Refusal(
                    RefusalKind.Throttled, $"{_options.MaxDeviceSessions} devices have a session by HTTP, which is the limit.");
            var name = new ConnectionName("https", Interlocked.Increment(ref _lastNumber), Credentials.SourceOf(context));
            var fresh = new DeviceSession(_gateway, _options, _polls, device, name, Forget);
            if (!_sessions.TryAdd(key, fresh))
                continue;
            fresh.Register();
            if (await _gateway.Devices.RecheckAsync(device) is Refusal refusal)
            {
                fresh.End("revoked");
                return refusal;
            }

            Arm();
            return new DeviceVisit(fresh);
        }
    }

    /// <summary>The session of the caller; null when there is none. Nothing is begun.</summary>
    public DeviceVisit? Find(HttpContext context) =>
        _sessions.TryGetValue(SessionKey.Of(Caller.Device(context)), out DeviceSession? known) && known.TryVisit()
            ? new DeviceVisit(known)
            : null;

    /// <summary>The device has called.</summary>
    public void Touch(DevicePrincipal device)
    {
        if (_sessions.TryGetValue(SessionKey.Of(device), out DeviceSession? known))
            known.Touch();
    }

    /// <summary>Ends all, as the gateway stops.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        foreach (DeviceSession session in _sessions.Values)
            session.End("draining");
    }

    private void Forget(DeviceSession session) => _sessions.TryRemove(KeyValuePair.Create(SessionKey.Of(session.Device), session));

    private void Arm()
    {
        if (Interlocked.Exchange(ref _isArmed, 1) == 0)
            _timer.Change(_idle / LooksPerIdle, Timeout.InfiniteTimeSpan);
    }

    private void EndLapsed()
    {
        foreach (DeviceSession session in _sessions.Values)
        {
            if (session.EndIfLapsed(_idle))
                _metrics.SessionLapsed();
        }

        // Whoever enters from here on arms it again, or is seen below.
        Volatile.Write(ref _isArmed, 0);
        if (!_sessions.IsEmpty)
            Arm();
    }
}
