using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// The disk is full: new work is refused as unavailable on each protocol, what was acknowledged stays, connections stay, and once there is
/// room the same process goes on.
/// </summary>
public sealed class FullDiskTests
{
    private const int MostTries = 5_000;

    private static readonly string s_filling = new('.', 4_000);

    [NeedsSmallDisk]
    public async Task It_refuses_keeps_and_recovers()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", "Streams:SegmentBytes=1048576", "--set", "Streams:Partitions=2", "--set", "Store:CheckpointBytes=262144",
            "--set", "Mailboxes:MaxDepth=100000", "--set", "Mailboxes:MaxBytes=1000000000", "--set", "Log:Level=Warning");
        await gateway.StopAsync();
        await using SmallDisk disk = await SmallDisk.MountAsync(gateway.Data, megabytes: 64);
        await gateway.StartProcessAsync();
        try
        {
            await RunAsync(gateway, disk);
        }
        finally
        {
            await gateway.KillAsync();
        }
    }

    private static async Task RunAsync(GatewayProcess gateway, SmallDisk disk)
    {
        await using var network = new NetworkHost();
        await using Clients clients = await Clients.ConnectAsync(gateway, network);
        for (int i = 0; i < 50; i++)
            Assert.True(await clients.TelemetryOverAmqpAsync() && await clients.TelemetryOverMqttAsync() && await clients.CommandOverAmqpAsync() && await clients.CommandOverHttpAsync());
        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(gateway, HttpStatusCode.OK));

        disk.Fill();
        await UntilRefusedAsync(clients.TelemetryOverAmqpAsync);
        await UntilRefusedAsync(clients.TelemetryOverMqttAsync);
        await UntilRefusedAsync(clients.CommandOverAmqpAsync);
        await UntilRefusedAsync(clients.CommandOverHttpAsync);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await ReadyAsync(gateway, HttpStatusCode.ServiceUnavailable));

        // Reading goes on, and nothing that was acknowledged is missing.
        await clients.AssertTelemetryAsync(gateway);
        using (HttpResponseMessage live = await gateway.Http.GetAsync("/health/live"))
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.False(clients.Ended, "A connection was ended because the disk is full.");

        disk.Free();
        Assert.Equal(HttpStatusCode.OK, await ReadyAsync(gateway, HttpStatusCode.OK));
        await UntilTakenAsync(clients.TelemetryOverAmqpAsync);
        await UntilTakenAsync(clients.TelemetryOverMqttAsync);
        await UntilTakenAsync(clients.CommandOverAmqpAsync);
        await UntilTakenAsync(clients.CommandOverHttpAsync);
        Assert.False(clients.Ended, "A connection was ended although the disk has room again.");
        await clients.AssertTelemetryAsync(gateway);
        await clients.AssertCommandsAsync(gateway, network);

        // And the disk says the same after a crash.
        await gateway.KillAsync();
        await gateway.StartProcessAsync();
        await clients.AssertTelemetryAsync(gateway);
    }

    private static async Task UntilRefusedAsync(Func<Task<bool>> work)
    {
        for (int i = 0; i < MostTries; i++)
        {
            if (!await work())
                return;
        }

        Assert.Fail("The disk is full and work is still taken.");
    }

    private static async Task UntilTakenAsync(Func<Task<bool>> work)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        while (!await work())
            patience.Token.ThrowIfCancellationRequested();
    }

    private static async Task<HttpStatusCode> ReadyAsync(GatewayProcess gateway, HttpStatusCode wanted)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        while (true)
        {
            using HttpResponseMessage ready = await gateway.Http.GetAsync("/health/ready", patience.Token);
            if (ready.StatusCode == wanted)
                return wanted;
        }
    }

    /// <summary>A device on each protocol, a service, and a device that is away; each knows what was acknowledged to it.</summary>
    private sealed class Clients : IAsyncDisposable
    {
        private readonly GatewayProcess _gateway;
        private readonly ConcurrentDictionary<string, List<string>> _acknowledged = new();
        private readonly HashSet<string> _commands = [];
        private AmqpClient? _device;
        private AmqpClient? _service;
        private AmqpSender? _telemetry;
        private AmqpSender? _sender;
        private MqttClient? _mqtt;
        private string? _awayKey;
        private int _number;

        private Clients(GatewayProcess gateway) => _gateway = gateway;

        public bool Ended => _device!.Ended.IsCompleted || _service!.Ended.IsCompleted || _mqtt!.Ended.IsCompleted;

        public static async Task<Clients> ConnectAsync(GatewayProcess gateway, NetworkHost network)
        {
            var clients = new Clients(gateway);
            string amqpKey = await gateway.CreateDeviceAsync("amqp");
            string mqttKey = await gateway.CreateDeviceAsync("mqtt");
            clients._awayKey = await gateway.CreateDeviceAsync("away");
            clients._device = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint("amqp", amqpKey), "amqp", CancellationToken.None);
            clients._telemetry = await clients._device.OpenSenderAsync("telemetry", CancellationToken.None);
            clients._service = await AmqpClient.ConnectAsync(network, gateway.ServiceEndpoint(), "service", CancellationToken.None);
            clients._sender = await clients._service.OpenSenderAsync("devices/away", CancellationToken.None);
            clients._mqtt = await MqttClient.ConnectAsync(network, gateway.MqttEndpoint("mqtt", mqttKey), new MqttDeviceOptions(), CancellationToken.None);
            return clients;
        }

        public async Task<bool> TelemetryOverAmqpAsync()
        {
            string text = Next();
            return Note("amqp", text, await StateAsync(_telemetry!.SendAsync(AmqpMessage.FromData(Encoding.ASCII.GetBytes(text)))));
        }

        public async Task<bool> TelemetryOverMqttAsync()
        {
            string text = Next();
            MqttReasonCode code = await _mqtt!.PublishAsync("telemetry", Encoding.ASCII.GetBytes(text)).WaitAsync(Wire.Patience);
            Assert.True(code is MqttReasonCode.Success or MqttReasonCode.ImplementationSpecificError, code.ToString());
            return Note("mqtt", text, code == MqttReasonCode.Success);
        }

        public async Task<bool> CommandOverAmqpAsync()
        {
            string text = Next();
            return Note("away", text, await StateAsync(_sender!.SendAsync(AmqpMessage.FromData(Encoding.ASCII.GetBytes(text)))));
        }

        public async Task<bool> CommandOverHttpAsync()
        {
            string text = Next();
            HttpStatusCode status = await Reading.SendAsync(_gateway, "away", text, text[..8]);
            Assert.True(status is HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable, status.ToString());
            return Note("away", text, status == HttpStatusCode.Created);
        }

        /// <summary>What was acknowledged is there, once and in order; what was refused may be there or not.</summary>
        public async Task AssertTelemetryAsync(GatewayProcess gateway)
        {
            foreach (string device in new[] { "amqp", "mqtt" })
            {
                List<string> stored = await Reading.TelemetryAsync(gateway, device);
                Assert.Equal(_acknowledged[device], stored.Where(_acknowledged[device].Contains));
            }
        }

        /// <summary>The device that was away gets all that was acknowledged, in order.</summary>
        public async Task AssertCommandsAsync(GatewayProcess gateway, NetworkHost network)
        {
            await using AmqpClient away = await AmqpClient.ConnectAsync(network, gateway.AmqpEndpoint("away", _awayKey!), "away", CancellationToken.None);
            AmqpReceiver mailbox = await away.OpenReceiverAsync("mailbox", 50, CancellationToken.None);
            var came = new List<string>();
            while (came.Count < _acknowledged["away"].Count)
            {
                AmqpReceived message = await mailbox.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Wire.Patience);
                string text = message.Message.Value as string ?? Encoding.ASCII.GetString(message.Message.Data.Span);
                if (_commands.Contains(text))
                    came.Add(text);
                message.Accept();
            }

            Assert.Equal(_acknowledged["away"], came);
        }

        public ValueTask DisposeAsync()
        {
            _device!.Abort();
            _service!.Abort();
            _mqtt!.Abort();
            return ValueTask.CompletedTask;
        }

        private static async Task<bool> StateAsync(Task<DeliveryState?> sending)
        {
            DeliveryState? state = await sending.WaitAsync(Wire.Patience);
            Assert.True(state is Accepted or Released, state?.ToString());
            return state is Accepted;
        }

        private string Next() => (++_number).ToString("d8", CultureInfo.InvariantCulture) + s_filling;

        private bool Note(string device, string text, bool taken)
        {
            if (!taken)
                return false;
            _acknowledged.GetOrAdd(device, static _ => []).Add(text);
            if (device == "away")
                _commands.Add(text);
            return true;
        }
    }
}
