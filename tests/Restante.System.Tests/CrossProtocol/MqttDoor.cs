using System.Globalization;
using System.Text;
using System.Text.Json;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>
/// A device on MQTT. Version 5 settles by its reason codes, 3.1.1 by publishing the verb. What it sends goes out on a second connection,
/// packet by packet.
/// </summary>
internal sealed class MqttDoor : IDoor
{
    private readonly GatewayProcess _gateway;
    private readonly MqttClient _client;
    private readonly MqttVersion _version;
    private readonly (NetworkHost Network, string Id, string Key) _device;
    private MqttScript? _out;
    private int _packet;

    private MqttDoor(GatewayProcess gateway, MqttClient client, MqttVersion version, (NetworkHost Network, string Id, string Key) device)
    {
        _gateway = gateway;
        _client = client;
        _version = version;
        _device = device;
    }

    public string Kept => _version == MqttVersion.V311 ? IDoor.Reason : "The device refused it with reason code 0x80.";

    public static async Task<IDoor> OpenAsync(
        GatewayProcess gateway, NetworkHost network, string id, string key, MqttVersion version, CancellationToken cancellation)
    {
        MqttClient client = await ConnectAsync(gateway, network, id, key, version, "mail", cancellation);
        await client.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, cancellation);
        return new MqttDoor(gateway, client, version, (network, id, key));
    }

    public async Task<Arrived> ReceiveAsync(CancellationToken cancellation)
    {
        MqttReceived message = await _client.ReceiveAsync(cancellation);
        (Letter letter, IReadOnlyDictionary<string, string> said) = MqttLetter.Read(_version, message);
        string[] levels = message.Topic.Split('/');
        return new Arrived
        {
            Id = levels[2],
            Kind = levels[1].TrimEnd('s'),
            Letter = letter,
            DeliveryCount = int.Parse(said["delivery-count"], CultureInfo.InvariantCulture),
            SecondsLeft = long.Parse(said["expires-in"], CultureInfo.InvariantCulture),
            SettleAsync = verb => SettleAsync(message, said["lease"], verb),
        };
    }

    public Task SendTelemetryAsync(string channel, Letter letter) => PublishAsync($"telemetry/{channel}", letter);

    public Task ReportAsync(string command, Letter letter, bool isFinal) =>
        PublishAsync(isFinal ? $"reports/{command}/final" : $"reports/{command}", letter);

    public Task AskAsync(string subject, Letter letter) => PublishAsync($"inquiries/{subject}/{letter.MessageId}", letter);

    public async Task ReportStateAsync(string patch, CancellationToken cancellation) =>
        Assert.Equal(
            MqttReasonCode.Success, await _client.PublishAsync("state/reported", Encoding.UTF8.GetBytes(patch)).WaitAsync(cancellation));

    public async Task<JsonElement> ReadStateAsync(CancellationToken cancellation)
    {
        (NetworkHost network, string id, string key) = _device;
        await using MqttClient reader = await ConnectAsync(_gateway, network, id, key, _version, "state", cancellation);
        await reader.SubscribeAsync("state/document", MqttQos.AtMostOnce, cancellation);
        Assert.Equal(MqttReasonCode.Success, await reader.PublishAsync("state/get", default).WaitAsync(cancellation));
        return JsonElement.Parse((await reader.ReceiveAsync(cancellation)).Payload.Span);
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        if (_out is not null)
            await _out.DisposeAsync();
    }

    private static Task<MqttClient> ConnectAsync(
        GatewayProcess gateway,
        NetworkHost network,
        string id,
        string key,
        MqttVersion version,
        string purpose,
        CancellationToken cancellation)
    {
        var options = new MqttDeviceOptions { Version = version, ClientId = $"{id}-{purpose}" };
        return MqttClient.ConnectAsync(network, gateway.MqttEndpoint(id, key), options, cancellation);
    }

    private async Task PublishAsync(string topic, Letter letter)
    {
        int version = _version == MqttVersion.V500 ? 5 : 4;
        _out ??= await MqttScript.ConnectAsync(_gateway, version, _device.Id, _device.Key);
        await _out.Wire.SendAsync(MqttLetter.Publish(_version, topic, ++_packet, letter));
        byte[] answer = await _out.UntilAsync(MqttBytes.PubAck);
        Assert.Equal(MqttBytes.Number(_packet), answer.Take(2));
        Assert.Equal(0, answer.ElementAtOrDefault(2));
    }

    private async Task SettleAsync(MqttReceived message, string lease, string verb)
    {
        if (verb == "renew" || (_version == MqttVersion.V311 && verb != "accept"))
        {
            MqttReasonCode code = await _client.PublishAsync($"mailbox/settle/{lease}/{verb}", Encoding.UTF8.GetBytes(IDoor.Reason));
            Assert.Equal(MqttReasonCode.Success, code);
            if (verb != "renew")
                Assert.True(message.Accept()); // Only its place: it is settled.
            return;
        }

        Assert.True(verb switch
        {
            "accept" => message.Accept(),
            "reject" => message.Reject(),
            _ => message.Release(),
        });
    }
}
