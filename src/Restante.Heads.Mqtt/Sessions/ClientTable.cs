using System.Collections.Concurrent;
using Restante.Heads.Mqtt.Connections;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>The live connections by client session, so that a newer one finds the older. One entry per connection.</summary>
internal sealed class ClientTable
{
    private readonly ConcurrentDictionary<ClientKey, DeviceConnection> _live = new();

    /// <summary>How many there are.</summary>
    public int Count => _live.Count;

    /// <summary>Enters a connection and returns the one it replaces, if any.</summary>
    public DeviceConnection? Enter(ClientKey key, DeviceConnection connection)
    {
        while (true)
        {
            if (!_live.TryGetValue(key, out DeviceConnection? older))
            {
                if (_live.TryAdd(key, connection))
                    return null;
            }
            else if (_live.TryUpdate(key, connection, older))
            {
                return older;
            }
        }
    }

    /// <summary>Takes a connection out, unless a newer one stands in its place.</summary>
    public void Leave(ClientKey key, DeviceConnection connection) => _live.TryRemove(KeyValuePair.Create(key, connection));
}
