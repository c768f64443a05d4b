using System.Text;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>Peers that speak something else, or nothing: on the bare port, within TLS, slowly, half.</summary>
[Collection("abuse")]
public sealed class ForeignBytesTests(AbuseFixture fixture)
{
    private const string Http = "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl\r\nAccept: */*\r\n\r\n";
    private const int Silent = 12;

    [Fact]
    public Task Another_protocol_on_the_AMQP_port_is_told_what_is_spoken_there() => fixture.Witness.WorkDuringAsync(async () =>
    {
        var random = new Random(4711);
        byte[][] wrong =
        [
            Encoding.ASCII.GetBytes(Http),
            AmqpBytes.AmqpHeader,
            [.. "AMQP"u8, 0, 0, 9, 1],
            [.. "AMQP"u8, 2, 1, 0, 0],
            [.. "AMQP"u8, 3, 1, 0, 1],
            MqttBytes.Connect(5, "a", "b", "c"),
            .. Enumerable.Range(0, 50).Select(_ => Noise(random, 0xff)),
        ];
        foreach (byte[] bytes in wrong)
        {
            await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.AmqpPort);
            await wire.TrySendAsync(bytes);
            Assert.Equal(AmqpBytes.SaslHeader, await wire.ReadToEndAsync());
        }
    });

    [Fact]
    public Task Another_protocol_on_the_MQTT_port_is_hung_up_on() => fixture.Witness.WorkDuringAsync(async () =>
    {
        var random = new Random(4712);
        byte[][] wrong = [Encoding.ASCII.GetBytes(Http), AmqpBytes.SaslHeader, .. Enumerable.Range(0, 50).Select(_ => Noise(random, 0x20))];
        foreach (byte[] bytes in wrong)
        {
            await using Wire wire = await Wire.ConnectTlsAsync(fixture.Gateway.MqttPort);
            await wire.TrySendAsync(bytes);
            Assert.Empty(await wire.ReadToEndAsync());
        }
    });

    [Fact]
    public Task Bytes_that_are_no_TLS_are_hung_up_on() => fixture.Witness.WorkDuringAsync(async () =>
    {
        var random = new Random(4713);
        foreach (int port in new[] { fixture.Gateway.AmqpPort, fixture.Gateway.MqttPort })
        {
            byte[][] wrong =
            [
                Encoding.ASCII.GetBytes(Http),
                AmqpBytes.SaslHeader,
                MqttBytes.Connect(5, "a", "b", "c"),
                [0x16, 3, 1, 0x3f, 0xff, .. Noise(random, 0xff)],
                [0x16, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff],
                [0x17, 3, 3, 0, 1, 0],
                .. Enumerable.Range(0, 30).Select(_ => Noise(random, 0xff)),
            ];
            foreach (byte[] bytes in wrong)
            {
                await using Wire wire = await Wire.ConnectAsync(port);
                await wire.TrySendAsync(bytes);
                wire.EndSending();
                // At most a TLS alert is said.
                Assert.InRange((await wire.ReadToEndAsync()).Length, 0, 64);
            }
        }
    });

    [Fact]
    public Task Connections_given_up_at_every_step_leave_nothing_behind() => fixture.Witness.WorkDuringAsync(async () =>
    {
        for (int i = 0; i < 100; i++)
        {
            foreach (int port in new[] { fixture.Gateway.AmqpPort, fixture.Gateway.MqttPort })
            {
                (await Wire.ConnectAsync(port)).Reset();
                Wire half = await Wire.ConnectAsync(port);
                await half.SendAsync(new byte[] { 0x16, 3, 1, 0, 200, 1, 0, 0 });
                half.Reset();
                (await Wire.ConnectTlsAsync(port)).Reset();
            }

            AmqpScript sasl = await AmqpScript.SaslAsync(fixture.Gateway);
            sasl.Wire.Reset();
        }
    });

    [Fact]
    public async Task Silence_and_slowness_are_cut_off_in_time_and_give_their_places_back()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", "Network:HandshakeTimeoutMs=3000", "--set", "Network:FirstBytesTimeoutMs=3000", "--set", "Mqtt:ConnectTimeoutMs=3000",
            "--set", $"Network:MaxConnections={Silent + 4}", "--set", "Network:MaxConcurrentHandshakes=2");
        await using Witness witness = await Witness.StartAsync(gateway);
        await witness.WorkDuringAsync(async () =>
        {
            foreach (int port in new[] { gateway.AmqpPort, gateway.MqttPort })
            {
                Task[] silent =
                [
                    .. Enumerable.Range(0, Silent / 3).Select(_ => SayAndWaitAsync(Wire.ConnectAsync(port), [])),
                    .. Enumerable.Range(0, Silent / 3).Select(_ => SayAndWaitAsync(Wire.ConnectAsync(port), [0x16, 3, 1, 0, 200, 1])),
                    .. Enumerable.Range(0, Silent / 3).Select(_ => SayAndWaitAsync(Wire.ConnectTlsAsync(port), port == gateway.MqttPort ? [0x10] : [])),
                ];
                await Task.WhenAll(silent);
            }

            // All places are free again.
            (string id, string key) = await AbuseFixture.NewDeviceAsync(gateway);
            await using AmqpScript amqp = await AmqpScript.OpenAsync(gateway, id, key);
            await using MqttScript mqtt = await MqttScript.ConnectAsync(gateway, 5, id, key);
        });
    }

    [Fact]
    public async Task A_connection_too_many_is_closed_at_once_and_the_others_go_on()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Network:MaxConnections=6");
        await using Witness witness = await Witness.StartAsync(gateway);
        await witness.WorkDuringAsync(async () =>
        {
            // Two of the witness are there.
            var open = new List<Wire>();
            for (int i = 0; i < 4; i++)
                open.Add(await Wire.ConnectTlsAsync(gateway.AmqpPort));
            for (int i = 0; i < 50; i++)
            {
                await using Wire surplus = await Wire.ConnectAsync(gateway.AmqpPort);
                Assert.Empty(await surplus.ReadToEndAsync());
            }

            foreach (Wire wire in open)
                await wire.DisposeAsync();
        });
    }

    [Fact]
    public async Task A_device_without_heartbeats_is_given_up_after_the_idle_time_out()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Amqp:IdleTimeoutMs=5000");
        await using Witness witness = await Witness.StartAsync(gateway);
        (string id, string key) = await AbuseFixture.NewDeviceAsync(gateway);
        await witness.WorkDuringAsync(async () =>
        {
            await using AmqpScript script = await AmqpScript.OpenAsync(gateway, id, key);
            await script.ExpectCloseAsync("amqp:resource-limit-exceeded");
        });
    }

    // Says something, then nothing more, and waits for the end that the gateway makes of it.
    private static async Task SayAndWaitAsync(Task<Wire> connecting, byte[] bytes)
    {
        await using Wire wire = await connecting;
        if (bytes.Length > 0)
            await wire.TrySendAsync(bytes);
        await wire.ReadToEndAsync();
    }

    // The first byte is never the right one.
    private static byte[] Noise(Random random, byte first)
    {
        var noise = new byte[random.Next(8, 3_000)];
        random.NextBytes(noise);
        noise[0] = first;
        return noise;
    }
}
