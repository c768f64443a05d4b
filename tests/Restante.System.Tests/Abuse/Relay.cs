using System.Net;
using System.Net.Sockets;

namespace Restante.System.Tests.Abuse;

/// <summary>What lies between a device and the gateway. Once it is dead nothing passes in either direction, and nobody is told.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _dead = new();
    private readonly List<Socket> _sockets = [];
    private readonly int _port;

    private Relay(int port) => _port = port;

    /// <summary>Where to connect to.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>A relay to a port of the gateway, for one connection.</summary>
    public static Relay To(int port)
    {
        var relay = new Relay(port);
        relay._listener.Start();
        _ = relay.ServeAsync();
        return relay;
    }

    /// <summary>From now on nothing passes.</summary>
    public Task DieAsync() => _dead.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _dead.CancelAsync();
        _listener.Stop();
        lock (_sockets)
            _sockets.ForEach(static s => s.Dispose());
        _listener.Dispose();
        _dead.Dispose();
    }

    private async Task ServeAsync()
    {
        Socket near = await _listener.AcceptSocketAsync();
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_sockets)
            _sockets.AddRange([near, far]);
        await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port));
        await Task.WhenAll(PassAsync(near, far), PassAsync(far, near));
    }

    private async Task PassAsync(Socket from, Socket to)
    {
        try
        {
            var bytes = new byte[16_384];
            while (true)
            {
                int count = await from.ReceiveAsync(bytes, _dead.Token);
                if (count == 0)
                    break;
                await to.SendAsync(bytes.AsMemory(0, count), _dead.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is dead, or one side has gone.
        }
    }
}
