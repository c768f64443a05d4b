using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Server.Hosting;
using Restante.Server.Observing;

namespace Restante.Server.Tests.Hosting;

/// <summary>Kestrel, one place, and a handling of connections that does not end by itself.</summary>
public sealed class HttpsConnectionsTests : IAsyncDisposable
{
    private const int ConnectionAbandoned = 7011;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
    private readonly HeldTime _time = new();
    private readonly RecordingLogs _logs = new();
    private readonly NetworkHost _network = new();
    private readonly HostMetrics _metrics;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _begun = new(0);

    public HttpsConnectionsTests()
    {
        DevelopmentCertificateFiles files = DevelopmentCertificates.Ensure(_folder, []);
        _metrics = new HostMetrics(
            ServerCertificates.Load([(files.ServerCertificatePath, files.ServerKeyPath)], TimeProvider.System), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _metrics.Dispose();
        await _network.DisposeAsync();
        _logs.Dispose();
        _begun.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_place_of_a_client_that_has_gone_is_free_although_its_handling_never_ends()
    {
        long abandoned = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, l) =>
        {
            if (instrument.Name == "restante.https.abandoned")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref abandoned, count));
        listener.Start();
        await using WebApplication kestrel = await StartAsync(Connections(max: 1).OnSharedPort, limit: 1);
        using (Socket first = await ConnectAsync(kestrel))
        {
            Assert.True(await _begun.WaitAsync(s_limit));
            Assert.Equal(0, await ReadAsync(await ConnectAsync(kestrel))); // There is one place, and the first has it.
        }

        await _time.Armed.WaitAsync(s_limit); // It was seen that the first has gone.
        Assert.Equal(0, await ReadAsync(await ConnectAsync(kestrel))); // It may still end by itself.
        Assert.DoesNotContain(ConnectionAbandoned, _logs.Ids);
        _time.Elapse();
        await _logs.Written(ConnectionAbandoned);
        Assert.Equal(1, Interlocked.Read(ref abandoned));
        await EntersAsync(kestrel);
        _end.SetResult();
    }

    [Fact]
    public async Task On_its_own_port_the_place_of_a_client_that_has_gone_is_free_at_once()
    {
        await using WebApplication kestrel = await StartAsync(Connections(max: 1).OnOwnPort, limit: null);
        using (Socket first = await ConnectAsync(kestrel))
        {
            Assert.True(await _begun.WaitAsync(s_limit));
            Assert.Equal(0, await ReadAsync(await ConnectAsync(kestrel))); // There is one place, and the first has it.
            Assert.Equal(1, _network.Metrics.Refused(RefusalReason.ConnectionLimit));
        }

        await EntersAsync(kestrel);
        Assert.DoesNotContain(ConnectionAbandoned, _logs.Ids);
        _end.SetResult();
    }

    private HttpsConnections Connections(int max) => new(max, _network.Metrics, _metrics, _time, _logs);

    // As soon as a place is free.
    private async Task EntersAsync(WebApplication kestrel)
    {
        using var patience = new CancellationTokenSource(s_limit);
        Task begins = _begun.WaitAsync(patience.Token);
        while (true)
        {
            Socket next = await ConnectAsync(kestrel);
            Task<int> refused = ReadAsync(next);
            if (await Task.WhenAny(begins, refused) == begins)
            {
                await begins;
                next.Dispose();
                return;
            }

            await Task.Yield();
        }
    }

    private async Task<WebApplication> StartAsync(Func<ConnectionDelegate, ConnectionDelegate> before, int? limit)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = limit;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Use(before);
                listen.Use(_ => _ =>
                {
                    _begun.Release();
                    return _end.Task;
                });
            });
        });
        WebApplication app = builder.Build();
        await app.StartAsync();
        return app;
    }

    private static async Task<Socket> ConnectAsync(WebApplication kestrel)
    {
        string address = kestrel.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, new Uri(address).Port);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It was refused before it was seen here that there is a connection.
        }

        return socket;
    }

    // 0 when the connection was ended.
    private static async Task<int> ReadAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return 0;
        }
        finally
        {
            socket.Dispose();
        }
    }

    /// <summary>Time that passes when the test says so.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private readonly TaskCompletionSource _armed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Action? _elapsed;

        /// <summary>Ends when somebody waits for time to pass.</summary>
        public Task Armed => _armed.Task;

        public void Elapse() => _elapsed!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _elapsed ??= () => callback(state);
            _armed.TrySetResult();
            return new Timer();
        }

        private sealed class Timer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
