using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Restante.Net.Certificates;
using Restante.Server.Hosting;
using Restante.Server.Observing;

namespace Restante.Server.Tests.Hosting;

/// <summary>Kestrel, one place, and a handling of connections that does not end by itself.</summary>
public sealed class AbandonedConnectionsTests
{
    private const int ConnectionAbandoned = 7011;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_place_of_a_client_that_has_gone_is_free_although_its_handling_never_ends()
    {
        string folder = Directory.CreateTempSubdirectory("restante-test-").FullName;
        DevelopmentCertificateFiles files = DevelopmentCertificates.Ensure(folder, []);
        var time = new HeldTime();
        using var logs = new RecordingLogs();
        using var metrics = new HostMetrics(
            ServerCertificates.Load([(files.ServerCertificatePath, files.ServerKeyPath)], TimeProvider.System), TimeProvider.System);
        var abandoned = new AbandonedConnections(metrics, time, logs);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var begun = new SemaphoreSlim(0);
        await using WebApplication kestrel = await StartAsync(abandoned, _ =>
        {
            begun.Release();
            return end.Task;
        });
        using (Socket first = await ConnectAsync(kestrel))
        {
            Assert.True(await begun.WaitAsync(s_limit));
            Assert.Equal(0, await ReadAsync(await ConnectAsync(kestrel))); // There is one place, and the first has it.
        }

        await time.Armed.WaitAsync(s_limit); // It was seen that the first has gone.
        Assert.Equal(0, await ReadAsync(await ConnectAsync(kestrel))); // It may still end by itself.
        Assert.DoesNotContain(ConnectionAbandoned, logs.Ids);
        time.Elapse();
        await logs.Written(ConnectionAbandoned);
        using var patience = new CancellationTokenSource(s_limit);
        Task begins = begun.WaitAsync(patience.Token);
        while (true)
        {
            Socket next = await ConnectAsync(kestrel);
            Task<int> refused = ReadAsync(next);
            if (await Task.WhenAny(begins, refused) == begins)
            {
                await begins;
                next.Dispose();
                break;
            }

            await Task.Yield();
        }

        end.SetResult();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<WebApplication> StartAsync(AbandonedConnections abandoned, ConnectionDelegate handling)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddLogging();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxConcurrentConnections = 1;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Use(abandoned.Before);
                listen.Use(_ => handling);
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
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(address).Port);
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
