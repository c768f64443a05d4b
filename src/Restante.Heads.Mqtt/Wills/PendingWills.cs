using Restante.Core;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Telemetry;
using Restante.Heads.Mqtt.Sessions;

namespace Restante.Heads.Mqtt.Wills;

/// <summary>
/// Wills that wait for their delay, or for a store that was unavailable. In memory: a gateway that is killed loses those that wait; one
/// that stops stores them at once. What was taken away from a device meanwhile counts: nothing is stored for one that was disabled or
/// removed, or by a credential that is no longer its own. Thread-safe.
/// </summary>
internal sealed class PendingWills(Gateway gateway, MqttHeadOptions options, MqttMetrics metrics)
{
    private const int MaxAttempts = 60;
    private const int SharePercent = 50;
    private const int MaxAtOnce = 64;

    // A device has no more than it keeps sessions, and no more than a share of all.
    private readonly int _maxOfDevice = Math.Min(ClientSessions.MaxPerDevice, PolicyShares.Of(options.MaxPendingWills, SharePercent));
    private readonly Lock _gate = new();
    private readonly Dictionary<ClientKey, Waiting> _waiting = [];

    // Due, but the store was unavailable: no longer of any session.
    private readonly Queue<Waiting> _retries = new();

    // How many of both each device has.
    private readonly Dictionary<DeviceNumber, int> _taken = [];

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _waiting.Count + _retries.Count;
        }
    }

    private long NowMs => gateway.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Stores a will, after its delay.</summary>
    /// <param name="key">The client session it belongs to.</param>
    /// <param name="will">The will.</param>
    /// <param name="sessionExpirySeconds">The will does not wait longer than its session lives.</param>
    public Task AddAsync(ClientKey key, Will will, uint sessionExpirySeconds)
    {
        uint delay = Math.Min(will.DelaySeconds, sessionExpirySeconds);
        if (delay > 0)
        {
            lock (_gate)
            {
                if (_waiting.ContainsKey(key) || TryTake(key.Device))
                {
                    _waiting[key] = new Waiting(will, NowMs + (delay * 1000L), 0);
                    return Task.CompletedTask;
                }
            }
        }

        return StoreAsync(will, 0);
    }

    /// <summary>
    /// A connection of the session has come: its waiting will is dropped when the session goes on [MQTT-3.1.3-9], and stored at once when a
    /// clean start ends it.
    /// </summary>
    public Task ConnectedAsync(ClientKey key, bool sessionGoesOn)
    {
        if (!sessionGoesOn)
            return EndedAsync(key);
        if (Remove(key) is not null)
            metrics.WillCancelled();
        return Task.CompletedTask;
    }

    /// <summary>The session has ended: its waiting will is stored at once [MQTT-3.1.2-8].</summary>
    public Task EndedAsync(ClientKey key) => Remove(key) is Waiting waiting ? StoreAsync(waiting.Will, 0) : Task.CompletedTask;

    /// <summary>Stores what is due.</summary>
    public Task TickAsync() => StoreDueAsync(NowMs);

    /// <summary>Stores all that wait; once, whatever comes of it.</summary>
    public Task FlushAsync() => StoreDueAsync(long.MaxValue);

    private async Task StoreDueAsync(long nowMs)
    {
        List<Waiting> due = [];
        lock (_gate)
        {
            while (_retries.TryPeek(out Waiting? retry) && retry.DueMs <= nowMs)
                due.Add(Return(_retries.Dequeue()));
            foreach ((ClientKey key, Waiting waiting) in _waiting)
            {
                if (waiting.DueMs <= nowMs && _waiting.Remove(key))
                    due.Add(Return(waiting));
            }
        }

        // Many devices may go at once, and a store commits many messages as quickly as one.
        foreach (Waiting[] batch in due.Chunk(MaxAtOnce))
            await Task.WhenAll(batch.Select(waiting => StoreAsync(waiting.Will, waiting.Attempts)));
    }

    private async Task StoreAsync(Will will, int attempts)
    {
        Refusal? refusal = await gateway.Devices.RecheckAsync(will.Device);
        if (refusal is { Kind: RefusalKind.Unauthorized })
        {
            metrics.WillRevoked();
            return;
        }

        refusal ??= (await gateway.Telemetry.PublishAsync(will.Device, ChannelNames.Will, will.Content)).Refusal;
        if (refusal is null)
            metrics.WillStored();
        else if (refusal.Kind != RefusalKind.Unavailable || attempts >= MaxAttempts || !TryRetry(will, attempts))
            metrics.WillLost();
    }

    private bool TryRetry(Will will, int attempts)
    {
        lock (_gate)
        {
            if (!TryTake(will.Device.Number))
                return false;
            _retries.Enqueue(new Waiting(will, NowMs + options.StoreRetryMs, attempts + 1));
            return true;
        }
    }

    private Waiting? Remove(ClientKey key)
    {
        lock (_gate)
            return _waiting.Remove(key, out Waiting? waiting) ? Return(waiting) : null;
    }

    // Both under the gate.
    private bool TryTake(DeviceNumber device)
    {
        int taken = _taken.GetValueOrDefault(device);
        if (_waiting.Count + _retries.Count >= options.MaxPendingWills || taken >= _maxOfDevice)
            return false;
        _taken[device] = taken + 1;
        return true;
    }

    private Waiting Return(Waiting waiting)
    {
        DeviceNumber device = waiting.Will.Device.Number;
        if (--_taken[device] == 0)
            _taken.Remove(device);
        return waiting;
    }

    private sealed record Waiting(Will Will, long DueMs, int Attempts);
}
