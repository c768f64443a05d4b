using System.Collections.Concurrent;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Limits;
using Restante.Core.Metrics;

namespace Restante.Core.Sessions;

/// <summary>
/// All authenticated connections, so that revocation reaches them at once. A device with one connection costs one entry.
/// </summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<DeviceNumber, Entry[]> _devices = new();
    private readonly ConcurrentDictionary<DeviceNumber, Entry[]> _through = new();
    private readonly ConcurrentDictionary<string, Entry[]> _policies = new(StringComparer.Ordinal);
    private readonly GatewayLimits _limits;
    private readonly CoreMetrics _metrics;
    private readonly HistoryBook _history;

    internal LiveConnections(GatewayLimits limits, CoreMetrics metrics, HistoryBook history)
    {
        _limits = limits;
        _metrics = metrics;
        _history = history;
    }

    /// <summary>How many devices have a connection.</summary>
    public int ConnectedDevices => _devices.Count;

    /// <summary>True when the device has a connection.</summary>
    public bool IsConnected(DeviceNumber device) => _devices.ContainsKey(device);

    /// <summary>
    /// Enters a connection. A device beyond its number of connections loses the oldest; those on which a field gateway acts for it count
    /// apart from its own. The connection of a service is ended at once when its policy has as many as it may. The caller must look at the
    /// registry once more after this (<see cref="Registry.DeviceRegistry.RecheckAsync"/>), so that a revocation between authentication and
    /// entry is not missed.
    /// </summary>
    /// <param name="principal">Who it is.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="name">Which connection it is, for event and history; a request makes neither.</param>
    public void Add(Principal principal, ILiveConnection connection, ConnectionName name)
    {
        DevicePrincipal? gateway = (principal as DevicePrincipal)?.Through;
        var entry = new Entry(
            connection, principal.Slot, gateway, principal.Proof, name, (principal as DevicePrincipal)?.Number ?? default);
        Entry? surplus = null;
        bool isOneTooMany = false;
        if (principal is DevicePrincipal device)
        {
            surplus = Enter(_devices, device.Number, entry, _limits.MaxConnectionsPerDevice);
            if (gateway is not null)
                Enter(_through, gateway.Number, entry, int.MaxValue);
            if (name.Number != 0)
                _history.Connected(device, name);
        }
        else
        {
            isOneTooMany = !TryEnterPolicy(principal.Name, entry);
        }

        _metrics.Connected(principal is DevicePrincipal, 1);
        surplus?.Connection.End(
            EndReason.TooManyConnections, $"The device has more than {_limits.MaxConnectionsPerDevice} connections; the oldest is closed.");
        if (!isOneTooMany)
            return;
        connection.End(
            EndReason.TooManyConnections,
            $"The policy '{principal.Name}' has {_limits.MaxConnectionsPerPolicy} connections, as many as it may; this one is closed.");
    }

    /// <summary>Takes a connection out. Call it exactly once for each <see cref="Add"/>.</summary>
    public void Remove(Principal principal, ILiveConnection connection, ConnectionName name, string why)
    {
        if (principal is DevicePrincipal device)
        {
            Remove(_devices, device.Number, connection);
            if (device.Through is not null)
                Remove(_through, device.Through.Number, connection);
            if (name.Number != 0)
                _history.Disconnected(device, name, why);
        }
        else
        {
            Remove(_policies, principal.Name, connection);
        }

        _metrics.Connected(principal is DevicePrincipal, -1);
    }

    /// <summary>
    /// A connection rests on other credentials of the same principal from now on, and so does what it does for the devices behind it. The
    /// caller must look at the registry once more after this, as after <see cref="Add"/>.
    /// </summary>
    /// <param name="principal">Who it is, by the other credentials.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="name">Which connection it is, as it was entered.</param>
    public void Renew(Principal principal, ILiveConnection connection, ConnectionName name)
    {
        if (principal is not DevicePrincipal device)
        {
            Renew(_policies, principal.Name, connection, principal);
            return;
        }

        Renew(_devices, device.Number, connection, principal);
        if (!_through.TryGetValue(device.Number, out Entry[]? acting))
            return;
        foreach (Entry entry in acting)
        {
            if (entry.Name != name)
                continue;
            Renew(_through, device.Number, entry.Connection, principal);
            Renew(_devices, entry.Device, entry.Connection, principal);
        }
    }

    internal void EndDevice(DeviceNumber device, CredentialSlot? slot, EndReason reason, string description)
    {
        if (_devices.TryGetValue(device, out Entry[]? held))
        {
            // The keys of a device are none of those that its gateway uses.
            End(slot is null ? held : Array.FindAll(held, e => e.Through is null), slot, reason, description);
        }

        if (_through.TryGetValue(device, out Entry[]? acting))
            End(acting, slot, reason, description);
    }

    /// <summary>Ends the connections on which another gateway acts for the device than may do so now.</summary>
    internal void EndThroughGateway(DeviceNumber device, DeviceId? gateway)
    {
        if (_devices.TryGetValue(device, out Entry[]? held))
        {
            Entry[] foreign = Array.FindAll(held, e => e.Through is not null && e.Through.Id != gateway);
            End(foreign, null, EndReason.CredentialChanged, "The gateway may no longer act for the device.");
        }
    }

    /// <summary>Ends the connections that rest on an authority which is trusted no more, or on a certificate that was revoked.</summary>
    internal void EndUntrusted(TrustedAuthorities trust, string description)
    {
        foreach (Entry[] held in _devices.Values.Concat(_policies.Values))
            End(
                Array.FindAll(held, e => e.Proof is not null && !trust.StillHolds(e.Proof)), null, EndReason.CredentialChanged,
                description);
    }

    internal void EndPolicy(string policy, CredentialSlot? slot, EndReason reason, string description)
    {
        if (_policies.TryGetValue(policy, out Entry[]? held))
            End(held, slot, reason, description);
    }

    private static void End(Entry[] held, CredentialSlot? slot, EndReason reason, string description)
    {
        foreach (Entry entry in held)
        {
            if (slot is null || entry.Slot == slot)
                entry.Connection.End(reason, description);
        }
    }

    // Those that are there go on: who has one policy for many services would have them push each other out for ever.
    private bool TryEnterPolicy(string policy, Entry entry)
    {
        while (true)
        {
            if (!_policies.TryGetValue(policy, out Entry[]? held))
            {
                if (_policies.TryAdd(policy, [entry]))
                    return true;
                continue;
            }

            if (entry.IsConnection && held.Length >= _limits.MaxConnectionsPerPolicy
                && held.Count(static e => e.IsConnection) >= _limits.MaxConnectionsPerPolicy)
                return false;
            if (_policies.TryUpdate(policy, [.. held, entry], held))
                return true;
        }
    }

    // Returns the oldest entry when it had to make room.
    private static Entry? Enter<TKey>(ConcurrentDictionary<TKey, Entry[]> map, TKey key, Entry entry, int max)
        where TKey : notnull
    {
        while (true)
        {
            if (!map.TryGetValue(key, out Entry[]? held))
            {
                if (map.TryAdd(key, [entry]))
                    return null;
                continue;
            }

            // A field gateway must not push out the device's own connections, nor the device those of its gateway.
            bool isActing = entry.Through is not null;
            bool full = held.Length >= max && held.Count(e => (e.Through is not null) == isActing) >= max;
            int oldest = full ? Array.FindIndex(held, e => (e.Through is not null) == isActing) : 0;
            Entry[] next = full ? [.. held.AsSpan(0, oldest), .. held.AsSpan(oldest + 1), entry] : [.. held, entry];
            if (map.TryUpdate(key, next, held))
                return full ? held[oldest] : null;
        }
    }

    private static void Renew<TKey>(ConcurrentDictionary<TKey, Entry[]> map, TKey key, ILiveConnection connection, Principal principal)
        where TKey : notnull
    {
        while (map.TryGetValue(key, out Entry[]? held))
        {
            Entry[] next = Array.ConvertAll(
                held, e => ReferenceEquals(e.Connection, connection) ? e with { Slot = principal.Slot, Proof = principal.Proof } : e);
            if (map.TryUpdate(key, next, held))
                return;
        }
    }

    private static void Remove<TKey>(ConcurrentDictionary<TKey, Entry[]> map, TKey key, ILiveConnection connection)
        where TKey : notnull
    {
        while (map.TryGetValue(key, out Entry[]? held))
        {
            Entry[] rest = Array.FindAll(held, e => !ReferenceEquals(e.Connection, connection));
            if (rest.Length == held.Length)
                return; // It was ended as one too many and is out already, or was never in.
            bool done = rest.Length == 0
                ? map.TryRemove(KeyValuePair.Create(key, held))
                : map.TryUpdate(key, rest, held);
            if (done)
                return;
        }
    }

    private sealed record Entry(
        ILiveConnection Connection,
        CredentialSlot Slot,
        DevicePrincipal? Through,
        AuthorityProof? Proof,
        ConnectionName Name,
        DeviceNumber Device)
    {
        /// <summary>False for a request that waits.</summary>
        public bool IsConnection => Name.Number != 0;
    }
}
