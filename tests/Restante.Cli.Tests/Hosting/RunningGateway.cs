using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Heads.Http;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Memory;

namespace Restante.Cli.Tests.Hosting;

/// <summary>The real REST head over TLS on a free port, with a data directory like a server's.</summary>
internal sealed class RunningGateway : IAsyncDisposable, IMailboxReceiver
{
    private readonly WebApplication _app;
    private readonly MemoryGatewayStore _store;

    private RunningGateway(WebApplication app, Gateway gateway, MemoryGatewayStore store, string directory, string key)
    {
        _app = app;
        _store = store;
        Gateway = gateway;
        Directory = directory;
        AdminKey = key;
        Url = new Uri(app.Urls.First()).Port is int port ? $"https://localhost:{port}" : string.Empty;
    }

    public Gateway Gateway { get; }

    /// <summary>The data directory.</summary>
    public string Directory { get; }

    public string AdminKey { get; }

    public string Url { get; }

    public static async Task<RunningGateway> StartAsync()
    {
        var store = new MemoryGatewayStore(new MailboxLimits { MaxDepth = 3 });
        var gateway = new Gateway(store, new GatewayLimits(), TimeProvider.System, NullLoggerFactory.Instance);
        string key = (await gateway.Policies.CreateAsync("admin", Rights.Admin)).Value!.PrimaryKey.Reveal();
        (X509Certificate2 ca, X509Certificate2 server) = NewCertificates();

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance);
        builder.Services.AddRoutingCore();
        builder.Services.AddRestanteHttp();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration()
            .ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(server)));
        WebApplication app = builder.Build();
        app.MapRestante(gateway);
        await app.StartAsync();

        string directory = System.IO.Directory.CreateTempSubdirectory("restante-cli-").FullName;
        var running = new RunningGateway(app, gateway, store, directory, key);
        await File.WriteAllTextAsync(Path.Combine(directory, "admin.key"), key + "\n");
        await File.WriteAllTextAsync(Path.Combine(directory, "ca.pem"), ca.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(directory, "gateway.json"), $$"""{"processId":1,"httpsUrl":"{{running.Url}}","amqpPort":1}""");
        return running;
    }

    /// <summary>The commands as run beside this gateway.</summary>
    public Cli Cli(bool isTerminal = false, string input = "") =>
        new() { Environment = { ["RESTANTE_DATA"] = Directory }, IsTerminal = isTerminal, Input = input };

    public async Task<DeviceRecord> AddDeviceAsync(string id) => (await Gateway.Devices.CreateAsync(id)).Value!;

    /// <summary>Settles the next message of a device as soon as there is one; returns its content.</summary>
    public async Task<MessageContent> SettleNextAsync(DeviceRecord device, SettleVerb verb, string? reason = null)
    {
        var principal = new DevicePrincipal(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue);
        MailboxSession session = (await Gateway.Mailboxes.AttachAsync(principal, this)).Value!;
        while (true)
        {
            Task woken = _woken.Task;
            IReadOnlyList<LeasedMessage> leased = (await session.LeaseAsync(1, int.MaxValue)).Value!;
            if (leased.Count > 0)
            {
                Assert.True((await session.SettleAsync(leased[0].Lease, verb, reason)).IsSuccess);
                return MessageContent.Decode(leased[0].Content);
            }

            await woken.WaitAsync(TimeSpan.FromSeconds(30));
            _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public async Task PublishAsync(DeviceRecord device, string body, string? channel = null)
    {
        var principal = new DevicePrincipal(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue);
        var content = new MessageContent { Body = System.Text.Encoding.UTF8.GetBytes(body) };
        Result<long> published = await Gateway.Telemetry.PublishAsync(principal, channel, content.Encode());
        Assert.True(published.IsSuccess);
    }

    public void Wake() => _woken.TrySetResult();

    public void OnMailboxTaken(string reason)
    {
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Gateway.Dispose();
        await _store.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static (X509Certificate2 Ca, X509Certificate2 Server) NewCertificates()
    {
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1), to = from.AddDays(2);
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=Test authority", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        X509Certificate2 ca = caRequest.CreateSelfSigned(from, to);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 bare = request.Create(ca, from, to.AddHours(-1), [1, 2, 3, 4]);
        return (ca, bare.CopyWithPrivateKey(key));
    }
}
