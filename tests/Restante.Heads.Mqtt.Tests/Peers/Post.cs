using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Memory;

namespace Restante.Heads.Mqtt.Tests.Peers;

/// <summary>A gateway with an MQTT listener on a loopback port, over a store in memory: the house under test.</summary>
internal sealed class Post : IAsyncDisposable
{
    private static readonly ServicePrincipal s_service = new("tests", Rights.Admin, CredentialSlot.Primary, long.MaxValue);

    private readonly ConcurrentDictionary<string, DeviceRecord> _devices = new();
    private readonly Listener _listener;
    private bool _stopped;

    public Post(MqttHeadOptions? options = null, TimeProvider? time = null, GatewayLimits? limits = null, MailboxLimits? mailboxes = null, MemoryGatewayStore? store = null, HeldStreams? streams = null,
        ServerCertificates? certificates = null, ILoggerFactory? logs = null)
    {
        Streams = streams ?? new HeldStreams();
        Store = store ?? new MemoryGatewayStore(mailboxes, Streams);
        Gateway = new Gateway(
            GuardedStore.Around(Store, out Doorkeeper door), limits ?? new GatewayLimits(), time ?? TimeProvider.System,
            NullLoggerFactory.Instance, new AccessOptions { RefusalMs = 0 });
        Door = door;
        Head = new MqttHead(Gateway, options ?? new MqttHeadOptions(), logs ?? NullLoggerFactory.Instance);
        Host = new NetworkHost(time, NullLoggerFactory.Instance);
        Roads = new NetworkHost(time, NullLoggerFactory.Instance);
        _listener = Host.Listen(
            new ListenerOptions
            {
                Protocol = "mqtt",
                Address = "127.0.0.1",
                Tls = certificates is null ? null : new TlsServerOptions { Certificates = certificates, RequestClientCertificate = true },
            },
            Head.Accept);
    }

    public Gateway Gateway { get; }

    public MqttHead Head { get; }

    public NetworkHost Host { get; }

    /// <summary>The network of the devices.</summary>
    public NetworkHost Roads { get; }

    public MemoryGatewayStore Store { get; }

    public HeldStreams Streams { get; }

    /// <summary>What stands between the gateway and the mailboxes.</summary>
    public Doorkeeper Door { get; }

    public int Port => _listener.LocalEndPoint.Port;

    public async Task<DeviceRecord> DeviceAsync(string id) => _devices.TryGetValue(id, out DeviceRecord? known)
        ? known
        : _devices[id] = (await Gateway.Devices.CreateAsync(id)).Value ?? (await Gateway.Devices.FindAsync(id)).Value!;

    /// <summary>Makes a device the field gateway of others.</summary>
    public async Task GrantAsync(string gateway, params string[] children)
    {
        await DeviceAsync(gateway);
        foreach (string child in children)
        {
            await DeviceAsync(child);
            Assert.True((await Gateway.Devices.ChangeAsync(child, new DeviceUpdate { Gateway = DeviceId.Parse(gateway) })).IsSuccess);
        }
    }

    /// <summary>A connection that has sent CONNECT.</summary>
    public async Task<Device> OpenAsync(
        MqttVersion version = MqttVersion.V500, string device = "truck", string clientId = "c1", bool clean = true, uint expiry = 0, MqttWill? will = null,
        string? userName = null, string? password = null, ushort keepAlive = 60, MqttConnectionSettings? settings = null, MqttSessionState? state = null)
    {
        DeviceRecord record = await DeviceAsync(device);
        var options = new MqttConnectOptions
        {
            Version = version,
            ClientId = clientId,
            CleanStart = clean,
            SessionExpirySeconds = expiry,
            KeepAliveSeconds = keepAlive,
            UserName = userName ?? device,
            Password = Encoding.UTF8.GetBytes(password ?? record.PrimaryKey.Reveal()),
            Will = will,
        };
        return await Device.OpenAsync(Roads, Port, options, settings, state);
    }

    /// <summary>A connection that was accepted.</summary>
    public async Task<Device> ConnectAsync(
        MqttVersion version = MqttVersion.V500, string device = "truck", string clientId = "c1", bool clean = true, uint expiry = 0, MqttWill? will = null,
        ushort keepAlive = 60, MqttConnectionSettings? settings = null, MqttSessionState? state = null)
    {
        Device peer = await OpenAsync(version, device, clientId, clean, expiry, will, keepAlive: keepAlive, settings: settings, state: state);
        ConnAck answer = await peer.NextAsync<ConnAck>();
        Assert.Equal(MqttReasonCode.Success, answer.Code);
        return peer;
    }

    public async Task<Sequence> SendAsync(string body, string device = "truck", long? expiresAtMs = null, MessageContent? content = null)
    {
        await DeviceAsync(device);
        byte[] bytes = (content ?? new MessageContent { Body = Encoding.UTF8.GetBytes(body) }).Encode();
        return (await Gateway.Mailboxes.SendCommandAsync(s_service, device, bytes, new CommandTerms { ExpiresAtMs = expiresAtMs })).Value.Sequence;
    }

    public async Task<OutcomeRecord> OutcomeAsync(Sequence sequence) =>
        (await Gateway.Outcomes.WaitAsync(sequence, TimeSpan.FromSeconds(20), CancellationToken.None)).Value
        ?? throw new InvalidOperationException("The message has not ended.");

    /// <summary>All telemetry, by partition.</summary>
    public async Task<IReadOnlyList<StreamRecord>> TelemetryAsync()
    {
        List<StreamRecord> all = [];
        for (int i = 0; i < Gateway.Telemetry.Partitions; i++)
            all.AddRange((await Gateway.Telemetry.ReadAsync(StreamId.Telemetry(i), 1, 10_000, 10_000_000)).Value!.Records);
        return all;
    }

    /// <summary>Waits until so much telemetry is stored.</summary>
    public async Task<IReadOnlyList<StreamRecord>> TelemetryAsync(int count)
    {
        for (int i = 0; i < 2000; i++)
        {
            Task[] pulses = [.. Enumerable.Range(0, Gateway.Telemetry.Partitions).Select(p => Gateway.Telemetry.Added(p).NextPulse())];
            IReadOnlyList<StreamRecord> all = await TelemetryAsync();
            if (all.Count >= count)
                return all;
            await Task.WhenAny(pulses).WaitAsync(TimeSpan.FromSeconds(20));
        }

        throw new InvalidOperationException("The telemetry did not come.");
    }

    /// <summary>Waits until ended connections have given everything back.</summary>
    public async Task QuietAsync(int connections = 0)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Head.Connections > connections)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        await Head.WhenIdleAsync();
    }

    /// <summary>Lets time pass step by step, so that every connection meets its deadlines on the way.</summary>
    public async Task AdvanceAsync(HandTime time, TimeSpan by)
    {
        for (TimeSpan step = TimeSpan.FromMilliseconds(250); by > TimeSpan.Zero; by -= step)
        {
            time.Advance(step < by ? step : by);
            List<Task> turns = [];
            _listener.ForEach(connection =>
            {
                var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                if (connection.Post(turned, static (_, done) => done.SetResult()))
                    turns.Add(turned.Task);
            });
            await Task.WhenAll(turns);
        }
    }

    public async Task StopAsync()
    {
        if (_stopped)
            return;
        _stopped = true;
        await Host.ShutdownAsync("The gateway stops.", TimeSpan.FromSeconds(5));
        await Head.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Host.DisposeAsync();
        await Roads.DisposeAsync();
        Gateway.Dispose();
    }

    public static MessageContent ContentOf(StreamRecord record) => MessageContent.Decode(record.Content);
}
