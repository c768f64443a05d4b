using System.Globalization;
using Restante.System.Tests.Abuse;
using static Restante.System.Tests.Abuse.MqttBytes;

namespace Restante.System.Tests.CrossProtocol.Refusals;

/// <summary>A device on MQTT, packet by packet.</summary>
internal sealed class MqttSide : ISide
{
    private readonly Scene _scene;
    private readonly int _version;
    private MqttScript _script;
    private int _packet;

    private MqttSide(Scene scene, int version, MqttScript script)
    {
        _scene = scene;
        _version = version;
        _script = script;
    }

    /// <summary>Connects as the device.</summary>
    public static async Task<MqttSide> DeviceAsync(Scene scene, int version)
    {
        MqttSide side = await StartAsync(scene, version);
        Assert.Equal(Refused.Taken, (await side.ConnectAsync(scene.Device, scene.Key)).Answer);
        return side;
    }

    /// <summary>Opens a connection and says nothing yet.</summary>
    public static async Task<MqttSide> StartAsync(Scene scene, int version) =>
        new(scene, version, new MqttScript(await scene.MqttWireAsync(), version));

    /// <summary>Sends the CONNECT; where it is refused, that is the end of the connection.</summary>
    public async Task<Refused> ConnectAsync(string user, string password, string? will = null)
    {
        await _script.Wire.SendAsync(
            will is null ? Connect(_version, user, user, password) : ConnectWithWill(_version, user, password, will));
        byte[] answer = await _script.UntilAsync(ConnAck);
        if (answer[1] == 0)
            return new Refused(this, Refused.Taken, null);
        Assert.Null(await _script.NextAsync());
        string code = _version == 5 ? Hex(answer[1]) : answer[1].ToString(CultureInfo.InvariantCulture);
        return new Refused(this, $"CONNACK {code}", ReasonIn(answer.AsSpan(2)));
    }

    /// <summary>
    /// Publishes with QoS 1; properties are user properties, or stand in the topic. A 3.1.1 device is told by the end of the connection.
    /// </summary>
    public async Task<Refused> PublishAsync(string topic, byte[] payload, params (string Name, string Value)[] properties)
    {
        if (_version == 4 && properties.Length > 0)
            topic += "/?" + string.Join('&', properties.Select(static p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
        byte[][] own = _version == 5 ? [.. properties.Select(static p => UserProperty(p.Name, p.Value))] : [];
        await _script.Wire.SendAsync(PublishPacket(_version, topic, 1, ++_packet, payload, own));
        while (true)
        {
            (int Type, int Flags, byte[] Body)? packet = await _script.NextAsync();
            if (packet is null && _version == 4)
                return new Refused(this, "connection closed", null);
            if (packet is not { Type: PubAck, Body: { } answer })
            {
                Assert.True(packet is { Type: Publish }, "The connection ended, or something else than PUBACK came.");
                continue;
            }

            Assert.Equal(_packet, (answer[0] << 8) | answer[1]);
            return answer.Length == 2 || answer[2] < 0x80
                ? new Refused(this, Refused.Taken, null)
                : new Refused(this, $"PUBACK {Hex(answer[2])}", ReasonIn(answer.AsSpan(3)));
        }
    }

    /// <summary>Subscribes to one filter.</summary>
    public async Task<Refused> SubscribeAsync(string filter)
    {
        await _script.Wire.SendAsync(Subscribe(_version, ++_packet, filter));
        byte[] answer = await _script.UntilAsync(SubAck);
        return answer[^1] < 0x80
            ? new Refused(this, Refused.Taken, null)
            : new Refused(this, $"SUBACK {Hex(answer[^1])}", ReasonIn(answer.AsSpan(2)));
    }

    public async Task<bool> WorksAsync()
    {
        if (_script.Wire.HasEnded)
        {
            await _script.DisposeAsync();
            _script = new MqttScript(await _scene.MqttWireAsync(), _version);
            Assert.Equal(Refused.Taken, (await ConnectAsync(_scene.Device, _scene.Key)).Answer);
        }

        return (await PublishAsync("telemetry", "good"u8.ToArray())).Answer == Refused.Taken;
    }

    public ValueTask DisposeAsync() => _script.DisposeAsync();

    private static byte[] ConnectWithWill(int version, string user, string password, string topic) => Packet(
        0x10,
        Text("MQTT"),
        [(byte)version, 0xc6],
        Number(300),
        Properties(version),
        Text(user),
        Properties(version),
        Text(topic),
        Field("gone"u8.ToArray()),
        Text(user),
        Text(password));

    private string? ReasonIn(ReadOnlySpan<byte> properties) => _version == 4 ? null : MqttReason.Find(properties);

    private static string Hex(int code) => "0x" + code.ToString("X2", CultureInfo.InvariantCulture);
}
