using Microsoft.AspNetCore.Connections;
using Restante.Net;

namespace Restante.Server.Hosting;

/// <summary>
/// Stands before everything on Kestrel's own port and bounds how many connections there are. Kestrel can do that too, but it gives a place
/// back when it has seen all requests of the connection end, and after streams of HTTP/2 were opened and reset by the thousand it may wait
/// for some that have long ended: the place of a connection that is gone would be lost for good. Here a place is free when the socket has
/// ended.
/// </summary>
internal sealed class ConnectionPlaces(int max, NetMetrics metrics)
{
    private int _taken;

    /// <summary>How many places are taken.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>What a connection comes by.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => connection => EnterAsync(connection, next);

    private async Task EnterAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (Interlocked.Increment(ref _taken) > max)
        {
            Interlocked.Decrement(ref _taken);
            metrics.ConnectionRefused(RefusalReason.ConnectionLimit);
            connection.Abort();
            return;
        }

        var place = new Place(this);
        using CancellationTokenRegistration gone = connection.ConnectionClosed.UnsafeRegister(
            static place => ((Place)place!).GiveBack(), place);
        try
        {
            await next(connection);
        }
        finally
        {
            place.GiveBack();
        }
    }

    private sealed class Place(ConnectionPlaces places)
    {
        private int _given;

        public void GiveBack()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
                Interlocked.Decrement(ref places._taken);
        }
    }
}
