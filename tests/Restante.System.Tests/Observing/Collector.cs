using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Restante.System.Tests.Observing;

/// <summary>Takes what is exported by OTLP over HTTP, as it is.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _taking;

    public Collector()
    {
        Address = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add(Address + "/");
        _listener.Start();
        _taking = TakeAsync();
    }

    public string Address { get; }

    /// <summary>The bodies that came, by path.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Taken { get; } = new();

    /// <summary>All that came to a path, one after the other.</summary>
    public byte[] All(string path) => [.. Taken.Where(t => t.Path == path).SelectMany(static t => t.Body)];

    public void Dispose()
    {
        _listener.Close();
        _taking.GetAwaiter().GetResult();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task TakeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            Taken.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }
}
