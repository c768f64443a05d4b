using System.Globalization;
using System.Text;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Mail by MQTT. Version 5 settles by its reason codes, 3.1.1 by publishing the verb.</summary>
internal sealed class MqttDoor : IDoor
{
    private readonly MqttClient _client;
    private readonly MqttVersion _version;

    private MqttDoor(MqttClient client, MqttVersion version)
    {
        _client = client;
        _version = version;
    }

    public string Kept => _version == MqttVersion.V311 ? IDoor.Reason : "The device refused it with reason code 0x80.";

    public static async Task<IDoor> OpenAsync(
        GatewayProcess gateway, NetworkHost network, string id, string key, MqttVersion version, CancellationToken cancellation)
    {
        MqttClient client = await MqttClient.ConnectAsync(
            network, gateway.MqttEndpoint(id, key), new MqttDeviceOptions { Version = version, ClientId = id }, cancellation);
        await client.SubscribeAsync("mailbox/#", MqttQos.AtLeastOnce, cancellation);
        return new MqttDoor(client, version);
    }

    public async Task<Arrived> ReceiveAsync(CancellationToken cancellation)
    {
        MqttReceived message = await _client.ReceiveAsync(cancellation);
        string[] levels = message.Topic.Split('/');
        Dictionary<string, string> said = _version == MqttVersion.V311
            ? ReadBag(levels[3])
            : message.UserProperties.ToDictionary(p => p.Name, p => p.Value);
        if (_version == MqttVersion.V500)
        {
            said["ct"] = message.ContentType!;
            said["cid"] = Encoding.UTF8.GetString(message.CorrelationData.Span);
            said["expires-in"] = message.ExpirySeconds!.Value.ToString(CultureInfo.InvariantCulture);
        }

        string lease = said["lease"];
        string[] own = ["lease", "delivery-count", "enqueued-at", "expires-in", "ct", "cid", "mid", "message-id", "sub", "subject"];
        return new Arrived
        {
            Id = levels[2],
            Kind = levels[1].TrimEnd('s'),
            MessageId = said.GetValueOrDefault(_version == MqttVersion.V311 ? "mid" : "message-id"),
            Body = Encoding.UTF8.GetString(message.Payload.Span),
            ContentType = said["ct"],
            CorrelationId = said["cid"],
            Subject = said.GetValueOrDefault(_version == MqttVersion.V311 ? "sub" : "subject"),
            Properties = said.Where(p => !own.Contains(p.Key)).ToDictionary(),
            DeliveryCount = int.Parse(said["delivery-count"], CultureInfo.InvariantCulture),
            SecondsLeft = long.Parse(said["expires-in"], CultureInfo.InvariantCulture),
            SettleAsync = verb => SettleAsync(message, lease, verb),
        };
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private async Task SettleAsync(MqttReceived message, string lease, string verb)
    {
        if (_version == MqttVersion.V311 && verb != "accept")
        {
            MqttReasonCode code = await _client.PublishAsync($"mailbox/settle/{lease}/{verb}", Encoding.UTF8.GetBytes(IDoor.Reason));
            Assert.Equal(MqttReasonCode.Success, code);
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

    private static Dictionary<string, string> ReadBag(string level)
    {
        Assert.StartsWith("?", level, StringComparison.Ordinal);
        return level[1..].Split('&').Select(p => p.Split('='))
            .ToDictionary(p => Uri.UnescapeDataString(p[0]), p => Uri.UnescapeDataString(p[1]));
    }
}
