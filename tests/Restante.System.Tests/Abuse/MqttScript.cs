using System.Globalization;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.MqttBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>The other side of an MQTT conversation, packet by packet.</summary>
internal sealed class MqttScript(Wire wire, int version) : IAsyncDisposable
{
    public Wire Wire { get; } = wire;

    /// <summary>Connects and waits for the CONNACK.</summary>
    public static async Task<MqttScript> ConnectAsync(
        GatewayProcess gateway, int version, string user, string password, int keepAlive = 300, int receiveBuffer = 0)
    {
        var script = new MqttScript(await Wire.ConnectTlsAsync(gateway.MqttPort, receiveBuffer), version);
        await script.Wire.SendAsync(Connect(version, user, user, password, keepAlive));
        byte[] answer = await script.UntilAsync(ConnAck);
        Assert.Equal(0, answer[1]);
        return script;
    }

    /// <summary>The next packet; null at the end of the connection.</summary>
    public async Task<(int Type, int Flags, byte[] Body)?> NextAsync()
    {
        byte[]? first = await Wire.ReadAsync(1);
        if (first is null)
            return null;
        int length = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = (await Wire.ReadAsync(1))![0];
            length |= (next & 0x7f) << shift;
            if (next < 0x80)
                break;
        }

        return (first[0] >> 4, first[0] & 15, length == 0 ? [] : (await Wire.ReadAsync(length))!);
    }

    /// <summary>
    /// The body of the next packet of a type; others are passed over. A DISCONNECT that was not asked for fails the test.
    /// </summary>
    public async Task<byte[]> UntilAsync(byte type)
    {
        while (true)
        {
            (int Type, int Flags, byte[] Body) packet = await NextAsync()
                ?? throw new Xunit.Sdk.XunitException($"The connection ended before a packet of type {type} came.");
            if (packet.Type == type)
                return packet.Body;
            if (packet.Type == Disconnect)
                throw new Xunit.Sdk.XunitException($"The gateway disconnected with 0x{packet.Body[0]:x2} before a packet of type {type} came.");
        }
    }

    /// <summary>The gateway ends the connection; to an MQTT 5 device it says why, a 3.1.1 device cannot be told.</summary>
    public async Task ExpectEndAsync(int code)
    {
        (int Type, int Flags, byte[] Body)? packet;
        do
            packet = await NextAsync();
        while (packet is { Type: not Disconnect });
        if (version == 5)
            Assert.Equal(Hex(code), packet is null ? "an end without DISCONNECT" : Hex(packet.Value.Body.Length == 0 ? 0 : packet.Value.Body[0]));
        Assert.Null(packet is null ? null : await NextAsync());
        if (version == 4)
            Assert.Null(packet);
    }

    /// <summary>The connection still works.</summary>
    public async Task PingAsync()
    {
        await Wire.SendAsync(PingReq);
        await UntilAsync(PingResp);
    }

    public ValueTask DisposeAsync() => Wire.DisposeAsync();

    private static string Hex(int code) => "0x" + code.ToString("x2", CultureInfo.InvariantCulture);
}
