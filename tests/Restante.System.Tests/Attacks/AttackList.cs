using System.Globalization;
using System.Net.Security;
using System.Text;
using Restante.System.Tests.Abuse;

namespace Restante.System.Tests.Attacks;

/// <summary>The attacks that are measured.</summary>
internal static class AttackList
{
    private static readonly TimeSpan s_drop = TimeSpan.FromMilliseconds(250);

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("garbage", 8, GarbageAsync),
        new("slow TLS", 200, static (target, number, blow, ended) => DripAsync(
            () => Wire.ConnectAsync(target.Port(number)), [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, .. new byte[500]], blow, ended)),
        new("slow AMQP", 200, static (target, _, blow, ended) => DripAsync(
            () => Wire.ConnectTlsAsync(target.AmqpPort), [.. AmqpBytes.SaslHeader, .. AmqpBytes.Header(500, 1, 2, 0), .. new byte[400]], blow, ended)),
        new("slow MQTT", 200, static (target, number, blow, ended) => DripAsync(
            () => Wire.ConnectTlsAsync(target.MqttPort), MqttBytes.Connect(5, "slow", "slow", new string('x', 500)), blow, ended)),
        new("slow HTTP", 200, static (target, _, blow, ended) => DripAsync(
            () => Wire.ConnectTlsAsync(target.HttpsPort),
            Encoding.ASCII.GetBytes("GET /v1/devices HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + new string('x', 500)), blow, ended)),
        new("links attached and detached", 8, LinksAsync),
        new("flows", 8, FlowsAsync),
        new("empty frames, pings", 9, FramesAsync),
        new("streams opened and reset", 4, StreamsAsync),
        new("handshakes", 16, HandshakesAsync),
        new("wrong passwords", 9, PasswordsAsync),
    ];

    private static async Task GarbageAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        var noise = new byte[2_000];
        Random.Shared.NextBytes(noise);
        int port = target.Port(number);
        await using (Wire bare = await Wire.ConnectAsync(port))
        {
            await bare.TrySendAsync(noise);
            bare.EndSending();
            await bare.ReadToEndAsync();
        }

        await using Wire wire = await Wire.ConnectTlsAsync(port);
        await wire.TrySendAsync(noise);
        await wire.TrySendAsync("\r\n\r\n"u8.ToArray());
        await wire.ReadToEndAsync();
        blow();
    }

    // Says something a byte at a time, and begins again when it was cut off.
    private static async Task DripAsync(Func<Task<Wire>> connect, byte[] words, Action blow, CancellationToken ended)
    {
        await using Wire wire = await connect();
        blow();
        for (int i = 0; i < words.Length; i++)
        {
            await wire.SendAsync(words.AsMemory(i, 1));
            await Task.Delay(s_drop, ended);
        }

        await wire.ReadToEndAsync();
    }

    private static async Task LinksAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        await using AmqpScript script = await target.AmqpAsync(number);
        while (!ended.IsCancellationRequested)
        {
            await script.AttachSenderAsync();
            await script.SendAsync(AmqpBytes.DetachFrame(0, 0));
            await script.UntilAsync(AmqpBytes.Detach);
            blow();
        }
    }

    private static async Task FlowsAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        await using AmqpScript script = await target.AmqpAsync(number);
        await script.AttachReceiverAsync("mailbox", 1);
        byte[] flows = AmqpBytes.Times(500, static n => AmqpBytes.FlowFrame(0, 0, (uint)(n % 2 == 0 ? uint.MaxValue : 0)));
        while (!ended.IsCancellationRequested)
        {
            await script.SendAsync(flows);
            await script.EchoAsync();
            blow();
        }
    }

    private static async Task FramesAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        if (number % 3 == 0)
        {
            await using AmqpScript script = await target.AmqpAsync(number);
            byte[] empty = AmqpBytes.Times(4_000, static _ => AmqpBytes.Header(8, 0, 2, 0));
            while (!ended.IsCancellationRequested)
            {
                await script.SendAsync(empty);
                await script.EchoAsync();
                blow();
            }
        }
        else if (number % 3 == 1)
        {
            (string id, string key) = target.Device(number);
            await using var script = new MqttScript(await Wire.ConnectTlsAsync(target.MqttPort), 5);
            await script.Wire.SendAsync(MqttBytes.Connect(5, id, id, key));
            await script.UntilAsync(MqttBytes.ConnAck);
            byte[] pings = AmqpBytes.Times(500, static _ => MqttBytes.PingReq);
            while (!ended.IsCancellationRequested)
            {
                await script.Wire.SendAsync(pings);
                await script.Wire.ReadAsync(2 * 500);
                blow();
            }
        }
        else
        {
            await using Http2Script script = await Http2Async(target);
            byte[] pings = AmqpBytes.Times(500, static _ => Http2Bytes.Frame(Http2Bytes.Ping, 0, 0, new byte[8]));
            while (!ended.IsCancellationRequested)
            {
                await script.Wire.SendAsync(pings);
                for (int answers = 0; answers < 500;)
                    answers += (await script.ReadAsync())!.Value.Type == Http2Bytes.Ping ? 1 : 0;
                blow();
            }
        }
    }

    private static async Task StreamsAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        (string id, string key) = target.Device(number);
        byte[] request = Http2Bytes.Request("GET", "/v1/mailbox?wait=60", Http2Bytes.Basic(id, key));
        await using Http2Script script = await Http2Async(target);
        for (int stream = 1; !ended.IsCancellationRequested; stream += 2)
        {
            await script.Wire.SendAsync((byte[])
            [
                .. Http2Bytes.Frame(Http2Bytes.Headers, Http2Bytes.EndStream | Http2Bytes.EndHeaders, stream, request), .. Http2Bytes.Reset(stream),
            ]);
            blow();
        }
    }

    private static async Task HandshakesAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        await using Wire wire = await Wire.ConnectTlsAsync(target.Port(number));
        wire.Reset();
        blow();
    }

    private static async Task PasswordsAsync(AttackTarget target, int number, Action blow, CancellationToken ended)
    {
        string guess = Convert.ToBase64String(Guid.NewGuid().ToByteArray());
        string name = number % 2 == 0 ? "policy/operator" : "device-" + Random.Shared.Next(1_000).ToString(CultureInfo.InvariantCulture);
        await using Wire wire = await Wire.ConnectTlsAsync(target.Port(number));
        if (number % 3 == 0)
        {
            AmqpScript script = await AmqpScript.SaslAsync(wire);
            await script.AuthenticateAsync("PLAIN", $"\0{name}\0{guess}");
        }
        else
        {
            await wire.SendAsync(number % 3 == 1
                ? MqttBytes.Connect(5, "guesser", name, guess)
                : Encoding.ASCII.GetBytes(
                    $"GET /v1/devices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {Http2Bytes.Basic(name, guess)}\r\n\r\n"));
            await wire.ReadToEndAsync();
        }

        blow();
    }

    private static async Task<Http2Script> Http2Async(AttackTarget target)
    {
        var script = new Http2Script(await Wire.ConnectTlsAsync(target.HttpsPort, alpn: SslApplicationProtocol.Http2));
        await script.Wire.SendAsync(Http2Bytes.Preface);
        return script;
    }
}
