using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Restante.Core;
using Restante.Core.Access;
using Restante.Heads.Http;
using Restante.Heads.Http.Admission;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Server.Configuration;
using Restante.Server.Hosting.SharedPorts;
using Restante.Server.Hosting.WebSockets;
using Restante.Server.Observing;

namespace Restante.Server.Hosting;

/// <summary>Kestrel with the REST interface and the door for WebSockets.</summary>
internal sealed class HttpsHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpsHost(WebApplication app, int port)
    {
        _app = app;
        Port = port;
    }

    /// <summary>The port that is its own; 0 when it has none, but takes what comes to shared ports.</summary>
    public int Port { get; }

    public static async Task<HttpsHost> StartAsync(
        Gateway gateway,
        ServerOptions options,
        ServerCertificates certificates,
        SharedPortTransport? sharedPort,
        WebSocketDoor? webSockets,
        Observation observation,
        NetMetrics network,
        ILoggerFactory loggers)
    {
        // Nothing of the environment's or the directory's is read: all settings come through ServerOptions.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new ThrottledLogs(loggers, gateway.Time));
        builder.Services.AddLogging();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.AddRestanteHttp(options.Http);
        var connections = new HttpsConnections(
            options.Network.MaxConnections, network, observation.Host, gateway.Time, loggers.CreateLogger("Restante.Server"));
        bool ownPort = options.Listen.HttpsProtocols == ListenProtocols.Https;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            Configure(kestrel, options);
            if (ownPort)
                BindOwnPort(kestrel, options, certificates, connections, network);
            if (sharedPort is not null)
                BindSharedPorts(kestrel, connections);
        });
        // After Kestrel's own, which is added only where there is none.
        if (sharedPort is not null)
            builder.Services.AddSingleton<IConnectionListenerFactory>(sharedPort);
        WebApplication app = builder.Build();
        TimeSpan patience = TimeSpan.FromMilliseconds(options.Network.WriteTimeoutMs);
        app.Use(next => PatientResponse.Before(next, patience, gateway.Time));
        app.MapRestante(gateway);
        webSockets?.Map(app);
        if (observation.Scraped is { } metrics)
            app.MapPrometheusScrapingEndpoint("/metrics", metrics, null, null).RequireRight(Rights.MetricsRead, "readMetrics");
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw new ConfigurationException(
                $"Cannot listen for HTTPS on port {options.Listen.Https}: {e.Message.TrimEnd('.')}. Stop what uses the port, or choose "
                    + "another with --https-port (0: any free one).", e);
        }

        if (!ownPort)
            return new HttpsHost(app, 0);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new HttpsHost(
            app,
            new Uri(
                address.Replace("[::]", "localhost", StringComparison.Ordinal).Replace(
                    "0.0.0.0", "localhost", StringComparison.Ordinal)).Port);
    }

    public async Task StopAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            await _app.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // Requests that took longer have been cut.
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Configure(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        HttpsLimits.Apply(kestrel.Limits, options.Network, options.Https);
    }

    // The protocol was agreed upon by ALPN before a connection comes here.
    private static void BindSharedPorts(KestrelServerOptions kestrel, HttpsConnections connections)
    {
        void Listen(SharedPortEndPoint endPoint, HttpProtocols protocols) => kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = protocols;
            listen.Use(connections.OnSharedPort);
        });
        Listen(SharedPortEndPoint.Http1, HttpProtocols.Http1);
        Listen(SharedPortEndPoint.Http2, HttpProtocols.Http2);
    }

    private static void BindOwnPort(
        KestrelServerOptions kestrel,
        ServerOptions options,
        ServerCertificates certificates,
        HttpsConnections connections,
        NetMetrics network)
    {
        var bound = new HandshakeBound(options.Network.MaxHandshakeBytes, network);
        TimeSpan timeout = TimeSpan.FromMilliseconds(options.Network.HandshakeTimeoutMs);
        void Secure(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions listen)
        {
            listen.Use(connections.OnOwnPort);
            listen.Use(next => new CertificateChoice(next, certificates, timeout).OnConnectionAsync);
            listen.Use(bound.Before);
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = timeout,
                OnConnection = connecting => ValueTask.FromResult(
                    Authentication(connecting.Connection, options.Listen, certificates, network)),
            });
            listen.Use(HandshakeBound.After);
        }

        string address = options.Listen.Address;
        if (address.Length == 0)
            kestrel.ListenAnyIP(options.Listen.Https, Secure);
        else if (address is "localhost" && options.Listen.Https != 0)
            kestrel.ListenLocalhost(options.Listen.Https, Secure);
        else
            kestrel.Listen(Parse(address), options.Listen.Https, Secure);
    }

    private static SslServerAuthenticationOptions Authentication(
        ConnectionContext connection, Configuration.ListenOptions listen, ServerCertificates certificates, NetMetrics network) => new()
        {
            // Asked for at each handshake, so that a reloaded certificate takes effect.
            ServerCertificateContext = (connection.Features.Get<ServerCertificate>() ?? certificates.All[0]).Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            ClientCertificateRequired = listen.HttpsClientCertificates,
            AllowRenegotiation = false,
#pragma warning disable CA5359 // Certificates are judged by the domain, which knows the devices; the client has only proved to own the key.
            RemoteCertificateValidationCallback = (_, presented, chain, _) =>
#pragma warning restore CA5359
            {
                if (ClientCertificate.Of(presented, chain, network) is { } client)
                    connection.Features.Set(new CallerCertificate(new PeerCertificate(client.Leaf, client.Issuers)));
                return true;
            },
            CertificateChainPolicy = new X509ChainPolicy
            {
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
                VerificationFlags = X509VerificationFlags.AllFlags,
            },
        };

    private static IPAddress Parse(string address) =>
        address is "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(address, out IPAddress? parsed) ? parsed
        : throw new ConfigurationException(
            $"Listen:Address is '{address}', which is no IP address. Leave it empty for every address of the machine.");

    // Signals are the serve command's; the web host is a part of the gateway.
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
