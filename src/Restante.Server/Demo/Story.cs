using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Client;
using Restante.Client.Amqp;
using Restante.Client.Mqtt;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.Server.Hosting;

namespace Restante.Server.Demo;

/// <summary>
/// The story of the demo. Devices and the service are clients over TLS on real sockets; what is told is what they received.
/// </summary>
internal sealed partial class Story(GatewayHost host, NetworkHost network, Narrator narrator, CancellationToken ending) : IAsyncDisposable
{
    private const string Truck = "truck-17";
    private const string Turbine = "turbine-4";
    private const string Lamp = "lamp-9";
    private const char IdMark = '#';
    private const int AllTelemetry = 6;

    private readonly TlsClientOptions _tls = TlsClientOptions.TrustFile(host.Data.CaFile);
    private readonly Dictionary<string, string> _keys = [];
    // What was sent is told before it is told that it was received.
    private readonly SemaphoreSlim _sent = new(0);
    private readonly TaskCompletionSource _allOutcomes = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allTelemetry = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Tells this story from one that was told on the same data directory before: message-ids of another time would be duplicates.
    private readonly string _telling = Guid.NewGuid().ToString("N");
    private AmqpClient? _service;

    public async Task TellAsync()
    {
        narrator.Chapter("A gateway is up, with a mailbox for each of three devices.");
        foreach ((string device, string city) in new[] { (Truck, "Oslo"), (Turbine, "Bergen"), (Lamp, "Oslo") })
            await CreateAsync(device, city);
        _service = await AmqpClient.ConnectAsync(
            network,
            new ClientEndpoint("localhost", host.Addresses.AmqpPort, $"policy/{PolicyNames.Administrator}", host.AdminKey.Reveal(), _tls),
            "demo-service",
            ending);
        narrator.Say("service", $"connected: AMQP over TLS, port {host.Addresses.AmqpPort}");
        _ = WatchTelemetryAsync(await _service.OpenReceiverAsync("telemetry", 100, ending));
        _ = WatchOutcomesAsync(await _service.OpenReceiverAsync("outcomes", 100, ending));
        AmqpSender commands = await _service.OpenSenderAsync("devices", ending);

        await SendTelemetryAsync();
        await SendToAnOfflineDeviceAsync(commands);
        await LetACommandExpireAsync(commands);
        await _allOutcomes.Task.WaitAsync(TimeSpan.FromSeconds(20), ending);
        narrator.Chapter("Each command has exactly one outcome, kept for whoever asks later.");
        await AskAboutTrafficAsync(_service);
        await NotifyACityAsync(_service, commands);
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
            await _service.DisposeAsync();
        _sent.Dispose();
    }

    private async Task SendTelemetryAsync()
    {
        narrator.Chapter("Telemetry flows: the truck speaks AMQP, the turbine MQTT 5.");
        await using AmqpClient truck = await ConnectTruckAsync();
        await using MqttClient turbine = await ConnectMqttAsync(Turbine, MqttVersion.V500);
        AmqpSender position = await truck.OpenSenderAsync("telemetry/position", ending);
        for (int i = 0; i < 3; i++)
        {
            string speed = string.Create(CultureInfo.InvariantCulture, $$"""{"km":{{40 + (i * 3)}},"speed":{{62 + i}}}""");
            await position.SendAsync(Json(speed));
            narrator.Say(Truck, $"sent {speed}, stored and acknowledged");
            _sent.Release();
            string power = string.Create(CultureInfo.InvariantCulture, $$"""{"kW":{{1480 + (i * 25)}},"rpm":14}""");
            await turbine.PublishAsync("telemetry/power", Encoding.UTF8.GetBytes(power));
            narrator.Say(Turbine, $"sent {power}, stored and acknowledged");
            _sent.Release();
        }

        await _allTelemetry.Task.WaitAsync(TimeSpan.FromSeconds(10), ending);
    }

    private async Task SendToAnOfflineDeviceAsync(AmqpSender commands)
    {
        narrator.Chapter("The truck has driven into a tunnel. The service sends commands all the same; they wait in its mailbox.");
        await CommandAsync(commands, Truck, "lock the doors", 60_000);
        await CommandAsync(commands, Truck, "set the heating to 21 degrees", 60_000);
        narrator.Chapter("The truck is back.");
        await using AmqpClient truck = await ConnectTruckAsync();
        AmqpReceiver mailbox = await truck.OpenReceiverAsync("mailbox", 10, ending);
        for (int i = 0; i < 2; i++)
        {
            AmqpReceived command = await mailbox.ReceiveAsync(ending);
            narrator.Say(Truck, $"received '{Text(command.Message)}', accepts it");
            command.Accept();
        }
    }

    private async Task LetACommandExpireAsync(AmqpSender commands)
    {
        narrator.Chapter(
            "A command may be too old to be of use. This one to the street lamp, which is off the network, lives two seconds.");
        await CommandAsync(commands, Lamp, "flash for the crossing pedestrian", 2_000);
        await Task.Delay(TimeSpan.FromSeconds(2.5), ending);
        await using MqttClient lamp = await ConnectMqttAsync(Lamp, MqttVersion.V311);
        await lamp.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, ending);
        await CommandAsync(commands, Lamp, "dim to 40 percent", 60_000);
        MqttReceived received = await lamp.ReceiveAsync(ending);
        narrator.Say(Lamp, $"received '{Encoding.UTF8.GetString(received.Payload.Span)}' and not the expired one, accepts it");
        received.Accept();
        await _allOutcomes.Task.WaitAsync(TimeSpan.FromSeconds(10), ending);
    }

    private async Task CommandAsync(AmqpSender commands, string device, string text, uint ttlMs)
    {
        AmqpMessage message = AmqpMessage.FromData(Encoding.UTF8.GetBytes(text));
        message.Header = new MessageHeader { Durable = true, TtlMs = ttlMs };
        message.Properties = new MessageProperties { To = device, MessageId = text + IdMark + _telling };
        await commands.SendAsync(message);
        narrator.Say("service", $"sent '{text}' to {device}, stored and acknowledged");
    }

    private async Task WatchTelemetryAsync(AmqpReceiver telemetry)
    {
        try
        {
            for (int seen = 1; ; seen++)
            {
                AmqpReceived record = await telemetry.ReceiveAsync(ending);
                if (seen <= AllTelemetry)
                    await _sent.WaitAsync(ending);
                object? device = record.Message.MessageAnnotations?[(Restante.Amqp.Types.Symbol)"x-opt-restante-device"];
                narrator.Say("service", $"received {Text(record.Message)} from {device}");
                record.Accept();
                if (seen == AllTelemetry)
                    _allTelemetry.TrySetResult();
            }
        }
        catch (Exception e) when (e is ClientException or OperationCanceledException)
        {
            // The demo ends.
        }
    }

    private async Task WatchOutcomesAsync(AmqpReceiver outcomes)
    {
        try
        {
            for (int seen = 1; ; seen++)
            {
                AmqpReceived outcome = await outcomes.ReceiveAsync(ending);
                using var facts = JsonDocument.Parse(outcome.Message.Data);
                string? command = facts.RootElement.GetProperty("messageId").GetString()?.Split(IdMark)[0]
                    ?? "a command without a message-id";
                narrator.Say("service", $"outcome of '{command}': {outcome.Message.Properties?.Subject}");
                outcome.Accept();
                if (seen == 4)
                    _allOutcomes.TrySetResult();
            }
        }
        catch (Exception e) when (e is ClientException or OperationCanceledException)
        {
            // The demo ends.
        }
    }

    private async Task<AmqpClient> ConnectTruckAsync()
    {
        AmqpClient truck = await AmqpClient.ConnectAsync(
            network, new ClientEndpoint("localhost", host.Addresses.AmqpPort, Truck, _keys[Truck], _tls), Truck, ending);
        narrator.Say(Truck, $"connected: AMQP over TLS, port {host.Addresses.AmqpPort}");
        return truck;
    }

    private async Task<MqttClient> ConnectMqttAsync(string device, MqttVersion version)
    {
        var endpoint = new ClientEndpoint("localhost", host.Addresses.MqttPort, device, _keys[device], _tls);
        MqttClient client = await MqttClient.ConnectAsync(
            network, endpoint, new MqttDeviceOptions { ClientId = device, Version = version }, ending);
        narrator.Say(device, $"connected: MQTT {(version == MqttVersion.V500 ? "5" : "3.1.1")} over TLS, port {host.Addresses.MqttPort}");
        return client;
    }

    private async Task CreateAsync(string device, string city)
    {
        DeviceRecord record = await Devices.CreateAsync(host, device, $$"""{"city":"{{city}}"}""");
        _keys[device] = ((SymmetricKey)record.Primary).Reveal();
        narrator.Say("gateway", $"device {device} in {city} has a mailbox");
    }

    private static AmqpMessage Json(string text)
    {
        AmqpMessage message = AmqpMessage.FromData(Encoding.UTF8.GetBytes(text));
        message.Properties = new MessageProperties { ContentType = "application/json" };
        return message;
    }

    private static string Text(AmqpMessage message) => Encoding.UTF8.GetString(message.Data.Span);
}
