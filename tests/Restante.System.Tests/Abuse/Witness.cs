using System.Globalization;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// The others: a device on each protocol and a service, connected before any abuse and never again. While somebody misbehaves their
/// telemetry is acknowledged and their commands arrive.
/// </summary>
internal sealed class Witness : IAsyncDisposable
{
    private const long AllowedGrowthBytes = 384L * 1024 * 1024;

    private static int s_made;

    private readonly GatewayProcess _gateway;
    private readonly NetworkHost _network = new();
    private readonly string _amqpId;
    private readonly string _mqttId;
    private readonly List<AmqpClient> _clients = [];
    private MqttClient? _mqtt;
    private AmqpSender? _telemetry;
    private AmqpReceiver? _mailbox;
    private AmqpSender? _commands;
    private long _residentAtStart;
    private int _round;

    private Witness(GatewayProcess gateway)
    {
        _gateway = gateway;
        int number = Interlocked.Increment(ref s_made);
        _amqpId = $"witness-amqp-{number}";
        _mqttId = $"witness-mqtt-{number}";
    }

    public static async Task<Witness> StartAsync(GatewayProcess gateway)
    {
        var witness = new Witness(gateway);
        try
        {
            await witness.ConnectAsync();
            await witness.ProveAsync();
            witness._residentAtStart = Resident(gateway);
            return witness;
        }
        catch
        {
            await witness.DisposeAsync();
            throw;
        }
    }

    /// <summary>The resident memory of the process, in bytes.</summary>
    public static long Resident(GatewayProcess gateway)
    {
        string line = File.ReadLines($"/proc/{gateway.ProcessId}/status").First(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Works as long as the abuse goes on, and once more after it; looks at the gateway's memory all the time.</summary>
    /// <param name="abuse">The abuse.</param>
    /// <param name="served">Called each time that all were served meanwhile.</param>
    public async Task WorkDuringAsync(Func<Task> abuse, Action? served = null)
    {
        Task abusing = Task.Run(abuse);
        do
        {
            await ProveAsync();
            CheckMemory();
            served?.Invoke();
        }
        while (!abusing.IsCompleted);
        await abusing;
        await ProveAsync();
        CheckMemory();
    }

    private void CheckMemory()
    {
        long grown = Resident(_gateway) - _residentAtStart;
        Assert.True(grown < AllowedGrowthBytes, $"The gateway's memory grew by {grown / 1024 / 1024} MiB.");
    }

    /// <summary>Telemetry of both devices is acknowledged, a command reaches each.</summary>
    public async Task ProveAsync()
    {
        string text = (++_round).ToString(CultureInfo.InvariantCulture);
        byte[] body = Encoding.ASCII.GetBytes(text);
        Task<DeliveryState?> overAmqp = _telemetry!.SendAsync(AmqpMessage.FromData(body));
        Task<MqttReasonCode> overMqtt = _mqtt!.PublishAsync("telemetry/witness", body);
        Task<DeliveryState?>[] sent = [_commands!.SendAsync(Command(_amqpId, body)), _commands.SendAsync(Command(_mqttId, body))];
        Assert.IsType<Accepted>(await overAmqp.WaitAsync(Wire.Patience));
        Assert.Equal(MqttReasonCode.Success, await overMqtt.WaitAsync(Wire.Patience));
        foreach (Task<DeliveryState?> one in sent)
            Assert.IsType<Accepted>(await one.WaitAsync(Wire.Patience));
        using var patience = new CancellationTokenSource(Wire.Patience);
        AmqpReceived mail = await _mailbox!.ReceiveAsync(patience.Token);
        Assert.Equal(text, Encoding.ASCII.GetString(mail.Message.Data.Span));
        Assert.True(mail.Accept());
        MqttReceived published = await _mqtt.ReceiveAsync(patience.Token);
        Assert.Equal(text, Encoding.ASCII.GetString(published.Payload.Span));
        Assert.True(published.Accept());
    }

    public async ValueTask DisposeAsync()
    {
        // The gateway may be gone by now; nobody says goodbye.
        foreach (AmqpClient client in _clients)
            client.Abort();
        _mqtt?.Abort();
        await _network.DisposeAsync();
    }

    private static AmqpMessage Command(string device, byte[] body)
    {
        AmqpMessage message = AmqpMessage.FromData(body);
        message.Properties = new MessageProperties { To = device };
        return message;
    }

    private async Task ConnectAsync()
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        string amqpKey = await _gateway.CreateDeviceAsync(_amqpId);
        string mqttKey = await _gateway.CreateDeviceAsync(_mqttId);
        AmqpClient device = await AmqpClient.ConnectAsync(_network, _gateway.AmqpEndpoint(_amqpId, amqpKey), _amqpId, patience.Token);
        _clients.Add(device);
        _telemetry = await device.OpenSenderAsync("telemetry", patience.Token);
        _mailbox = await device.OpenReceiverAsync("mailbox", 10, patience.Token);
        AmqpClient service = await AmqpClient.ConnectAsync(_network, _gateway.ServiceEndpoint(), "witness-service", patience.Token);
        _clients.Add(service);
        _commands = await service.OpenSenderAsync("devices", patience.Token);
        _mqtt = await MqttClient.ConnectAsync(_network, _gateway.MqttEndpoint(_mqttId, mqttKey), new MqttDeviceOptions(), patience.Token);
        await _mqtt.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, patience.Token);
    }
}
