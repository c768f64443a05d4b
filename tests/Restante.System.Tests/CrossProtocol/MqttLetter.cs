using System.Globalization;
using Restante.Client.Mqtt;
using Restante.Mqtt.Packets;
using Restante.System.Tests.Abuse;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>Letters in MQTT: in version 5 with properties, in 3.1.1 with a bag at the end of the topic.</summary>
internal static class MqttLetter
{
    private const byte ContentTypeId = 0x03;
    private const byte CorrelationDataId = 0x09;

    /// <summary>What the gateway says of a delivery; the rest is the letter.</summary>
    private static readonly string[] s_own =
    [
        "lease", "delivery-count", "enqueued-at", "expires-in",
        "ct", "cid", "ce", "content-encoding", "mid", "message-id", "sub", "subject",
    ];

    /// <summary>The PUBLISH of QoS 1 that sends it.</summary>
    public static byte[] Publish(MqttVersion version, string topic, int packet, Letter letter)
    {
        bool is5 = version == MqttVersion.V500;
        var named = letter.Properties.ToDictionary(static p => p.Key, static p => (string)p.Value!);
        Add(is5 ? "message-id" : "mid", letter.MessageId);
        Add(is5 ? "subject" : "sub", letter.Subject);
        Add(is5 ? "content-encoding" : "ce", letter.ContentEncoding);
        if (!is5)
        {
            Add("ct", letter.ContentType);
            Add("cid", letter.CorrelationId as string);
            string bag = string.Join('&', named.Select(static p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));
            return MqttBytes.PublishPacket(4, $"{topic}/?{bag}", 1, packet, letter.Body);
        }

        List<byte[]> properties = [.. named.Select(static p => MqttBytes.UserProperty(p.Key, p.Value))];
        if (letter.ContentType is not null)
            properties.Add([ContentTypeId, .. MqttBytes.Text(letter.ContentType)]);
        if (letter.SeenBy(Dialect.Mqtt5).CorrelationId is byte[] correlation)
            properties.Add([CorrelationDataId, .. MqttBytes.Field(correlation)]);
        return MqttBytes.PublishPacket(5, topic, 1, packet, letter.Body, [.. properties]);

        void Add(string name, string? value)
        {
            if (value is not null)
                named.Add(name, value);
        }
    }

    /// <summary>What came, and under which names the gateway told the rest.</summary>
    public static (Letter Letter, IReadOnlyDictionary<string, string> Said) Read(MqttVersion version, MqttReceived message)
    {
        bool is5 = version == MqttVersion.V500;
        Dictionary<string, string> said =
            is5 ? message.UserProperties.ToDictionary(static p => p.Name, static p => p.Value) : ReadBag(message.Topic.Split('/')[^1]);
        if (is5 && message.ExpirySeconds is uint seconds)
            said["expires-in"] = seconds.ToString(CultureInfo.InvariantCulture);
        var letter = new Letter
        {
            Body = message.Payload.ToArray(),
            ContentType = is5 ? message.ContentType : said.GetValueOrDefault("ct"),
            ContentEncoding = said.GetValueOrDefault(is5 ? "content-encoding" : "ce"),
            CorrelationId = is5 ? message.CorrelationData.ToArray() : said.GetValueOrDefault("cid"),
            Subject = said.GetValueOrDefault(is5 ? "subject" : "sub"),
            MessageId = said.GetValueOrDefault(is5 ? "message-id" : "mid"),
            Properties = said.Where(static p => !s_own.Contains(p.Key)).ToDictionary(static p => p.Key, static p => (object?)p.Value),
        };
        return (letter, said);
    }

    private static Dictionary<string, string> ReadBag(string level)
    {
        Assert.StartsWith("?", level, StringComparison.Ordinal);
        return level[1..].Split('&').Select(static p => p.Split('='))
            .ToDictionary(static p => Uri.UnescapeDataString(p[0]), static p => Uri.UnescapeDataString(p[1]));
    }
}
