using System.Text;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// MQTT 3.1.1 and 5.0 as plain bytes, written from the specifications and from nothing else, so that it can be wrong in any way wanted.
/// </summary>
internal static class MqttBytes
{
    public const byte ConnAck = 2;
    public const byte Publish = 3;
    public const byte PubAck = 4;
    public const byte PubRec = 5;
    public const byte SubAck = 9;
    public const byte PingResp = 13;
    public const byte Disconnect = 14;

    public static readonly byte[] PingReq = [0xc0, 0];

    /// <summary>A packet with its remaining length as it ought to be.</summary>
    public static byte[] Packet(byte first, params byte[][] body)
    {
        byte[] joined = AmqpBytes.Join(body);
        return [first, .. Length(joined.Length), .. joined];
    }

    public static byte[] Length(int value)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)((value & 0x7f) | (value > 0x7f ? 0x80 : 0)));
            value >>= 7;
        }
        while (value > 0);
        return [.. bytes];
    }

    public static byte[] Text(string value) => Field(Encoding.UTF8.GetBytes(value));

    /// <summary>Bytes with their length before them.</summary>
    public static byte[] Field(byte[] value) => [.. Number(value.Length), .. value];

    public static byte[] Number(int value) => [(byte)(value >> 8), (byte)value];

    /// <summary>A property block; nothing in 3.1.1.</summary>
    public static byte[] Properties(int version, params byte[][] properties)
    {
        byte[] joined = AmqpBytes.Join(properties);
        return version == 5 ? [.. Length(joined.Length), .. joined] : [];
    }

    public static byte[] Connect(int version, string client, string user, string password, int keepAlive = 300) => Packet(
        0x10,
        Text("MQTT"),
        [(byte)version, 0xc2],
        Number(keepAlive),
        Properties(version),
        Text(client),
        Text(user),
        Text(password));

    public static byte[] PublishPacket(int version, string topic, int qos, int id, byte[]? payload = null, params byte[][] properties) =>
        PublishPacket(version, Text(topic), qos, id, payload, properties);

    public static byte[] PublishPacket(int version, byte[] topic, int qos, int id, byte[]? payload = null, params byte[][] properties) => Packet(
        (byte)(0x30 | (qos << 1)),
        topic,
        qos == 0 ? [] : Number(id),
        Properties(version, properties),
        payload ?? [1, 2, 3]);

    public static byte[] Subscribe(int version, int id, params string[] filters) => Packet(
        0x82,
        Number(id),
        Properties(version),
        AmqpBytes.Join([.. filters.Select(static filter => (byte[])[.. Text(filter), 1])]));

    public static byte[] TopicAlias(int alias) => [0x23, .. Number(alias)];

    public static byte[] UserProperty(string name, string value) => [0x26, .. Text(name), .. Text(value)];
}
