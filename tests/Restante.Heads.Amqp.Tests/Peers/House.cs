using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Amqp;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Net;
using Restante.Net.Certificates;
using Restante.Storage.Conformance;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>A gateway with an AMQP listener on a loopback port, over a store in memory that can be held and refused.</summary>
internal sealed class House : IAsyncDisposable
{
    private static readonly ServicePrincipal s_service = new("tests", Rights.Admin, CredentialSlot.Primary, long.MaxValue);

    private readonly ConcurrentDictionary<string, SymmetricKey> _policies = new();
    private readonly HookedStore _store;
    private readonly Listener _listener;

    public House(
        AmqpHeadOptions? options = null, TimeProvider? time = null, GatewayLimits? limits = null, MailboxLimits? mailboxes = null,
        StreamLimits? streams = null, ConnectionLimits? network = null, ServerCertificates? certificates = null)
    {
        Streams = new MemoryStreamStore(streams ?? new StreamLimits { Partitions = 2 });
        Memory = new MemoryGatewayStore(mailboxes, Streams);
        _store = new HookedStore(Memory);
        Time = time ?? TimeProvider.System;
        Gateway = new Gateway(
            _store, limits ?? new GatewayLimits { MaxAuthenticationFailuresPerMinute = 0 }, Time, NullLoggerFactory.Instance,
            new AccessOptions { RefusalMs = 0 });
        Head = new AmqpHead(Gateway, options ?? new AmqpHeadOptions(), NullLoggerFactory.Instance);
        Host = new NetworkHost(Time, NullLoggerFactory.Instance);
        Roads = new NetworkHost(Time, NullLoggerFactory.Instance);
        _listener = Host.Listen(
            new ListenerOptions
            {
                Protocol = "amqp",
                Address = "127.0.0.1",
                Limits = network ?? new ConnectionLimits(),
                Tls = certificates is null ? null : new TlsServerOptions { Certificates = certificates, RequestClientCertificate = true },
            },
            Head.Accept);
    }

    public TimeProvider Time { get; }

    public Gateway Gateway { get; }

    public AmqpHead Head { get; }

    public NetworkHost Host { get; }

    /// <summary>The network of the peers.</summary>
    public NetworkHost Roads { get; }

    public MemoryGatewayStore Memory { get; }

    public MemoryStreamStore Streams { get; }

    public Hooks Hooks => _store.Hooks;

    /// <summary>For whom devices were listed.</summary>
    public IEnumerable<Looker> Lookers => _store.Devices.Lookers;

    public int Port => _listener.LocalEndPoint.Port;

    public long NowMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    public async Task<DeviceRecord> DeviceAsync(string id = "truck") =>
        (await Gateway.Devices.FindAsync(id)).Value ?? (await Gateway.Devices.CreateAsync(id)).Value!;

    public async Task<SymmetricKey> PolicyAsync(string name, Rights rights)
    {
        if (!_policies.TryGetValue(name, out SymmetricKey? key))
            _policies[name] = key = (await Gateway.Policies.CreateAsync(name, rights)).Value!.PrimaryKey;
        return key;
    }

    /// <summary>A device's connection, open.</summary>
    public async Task<Peer> ConnectAsync(string id = "truck", Func<AmqpSettings, AmqpSettings>? with = null)
    {
        DeviceRecord device = await DeviceAsync(id);
        return await OpenAsync(id, device.PrimaryKey.Reveal(), with);
    }

    /// <summary>A service's connection, open; its policy's name tells its rights.</summary>
    public async Task<Peer> ServiceAsync(Rights rights = Rights.Send | Rights.TelemetryRead, Func<AmqpSettings, AmqpSettings>? with = null)
    {
        string name = "may-" + (int)rights;
        SymmetricKey key = await PolicyAsync(name, rights);
        return await OpenAsync("policy/" + name, key.Reveal(), with);
    }

    public async Task<Peer> OpenAsync(string user, string password, Func<AmqpSettings, AmqpSettings>? with = null)
    {
        AmqpSettings settings = Peer.Settings(user, password);
        Peer peer = await Peer.OpenAsync(Roads, Port, with?.Invoke(settings) ?? settings);
        await peer.Opened;
        return peer;
    }

    /// <summary>A connection that must fail; returns how.</summary>
    public async Task<Goodbye> RefusedAsync(string user, string password)
    {
        Peer peer = await Peer.OpenAsync(Roads, Port, Peer.Settings(user, password));
        return await peer.Closed;
    }

    public async Task<Sequence> SendAsync(string body, string device = "truck", long? ttlMs = null)
    {
        await DeviceAsync(device);
        byte[] content = new MessageContent { Body = Encoding.UTF8.GetBytes(body) }.Encode();
        return (await Gateway.Mailboxes.SendCommandAsync(s_service, device, content, new CommandTerms { ExpiresAtMs = NowMs + ttlMs })).Value.Sequence;
    }

    /// <summary>Telemetry of a device, as if it had sent it.</summary>
    public async Task<long> PublishAsync(string body, string device = "truck", string? channel = null)
    {
        DeviceRecord record = await DeviceAsync(device);
        var principal = new DevicePrincipal(record.Id, record.Number, CredentialSlot.Primary, long.MaxValue);
        return (await Gateway.Telemetry.PublishAsync(principal, channel, new MessageContent { Body = Encoding.UTF8.GetBytes(body) }.Encode())).Value;
    }

    /// <summary>How a message ended, as soon as it has.</summary>
    public async Task<OutcomeRecord> OutcomeAsync(Sequence sequence) =>
        (await Gateway.Outcomes.WaitAsync(sequence, TimeSpan.FromDays(1), CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(20))).Value
        ?? throw new InvalidOperationException("The message has not ended.");

    /// <summary>What is stored of all telemetry.</summary>
    public async Task<List<StreamRecord>> TelemetryAsync()
    {
        var all = new List<StreamRecord>();
        for (int i = 0; i < Gateway.Telemetry.Partitions; i++)
            all.AddRange((await Streams.ReadAsync(StreamId.Telemetry(i), 1, 100_000, int.MaxValue)).Records);
        return all;
    }

    public Task SweepAsync() => Gateway.Maintenance.RunOnceAsync().AsTask();

    /// <summary>Lets time pass step by step, so that every connection meets its deadlines on the way.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        for (var step = TimeSpan.FromMilliseconds(250); by > TimeSpan.Zero; by -= step)
        {
            ((HandTime)Time).Advance(step < by ? step : by);
            await TurnsAsync();
        }
    }

    /// <summary>Ends when every connection of the gateway has had a turn.</summary>
    public async Task TurnsAsync()
    {
        List<Task> turns = [];
        _listener.ForEach(connection =>
        {
            var turned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (connection.Post(turned, static (_, done) => done.SetResult()))
                turns.Add(turned.Task);
        });
        await Task.WhenAll(turns);
    }

    /// <summary>Waits until so many connections are left.</summary>
    public async Task LeftAsync(int connections = 0)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_listener.ActiveConnections > connections)
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Waits until something holds that nothing announces.</summary>
    public static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Roads.DisposeAsync();
        await Host.DisposeAsync();
        Gateway.Dispose();
        await Memory.DisposeAsync();
    }
}
