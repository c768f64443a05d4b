using System.Globalization;
using System.Text.Json;
using Restante.System.Tests.Abuse;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Attacks;

/// <summary>What an attacker knows of the gateway: its ports, and the keys of devices that were stolen.</summary>
/// <param name="AmqpPort">The port for AMQP.</param>
/// <param name="MqttPort">The port for MQTT.</param>
/// <param name="HttpsPort">The port for HTTPS.</param>
/// <param name="Devices">The stolen devices, in turn their id and their key.</param>
internal sealed record AttackTarget(int AmqpPort, int MqttPort, int HttpsPort, IReadOnlyList<string> Devices)
{
    private const int Stolen = 8;

    /// <summary>The ports, in turn.</summary>
    public int Port(int number) => (number % 3) switch
    {
        0 => AmqpPort,
        1 => MqttPort,
        _ => HttpsPort,
    };

    /// <summary>The id and the key of one of the stolen devices, in turn.</summary>
    public (string Id, string Key) Device(int number)
    {
        int at = number % (Devices.Count / 2) * 2;
        return (Devices[at], Devices[at + 1]);
    }

    /// <summary>A device's connection of AMQP with a session.</summary>
    public async Task<AmqpScript> AmqpAsync(int number)
    {
        (string id, string key) = Device(number);
        AmqpScript script = await AmqpScript.SaslAsync(await Wire.ConnectTlsAsync(AmqpPort));
        Assert.Equal(0, await script.AuthenticateAsync("PLAIN", $"\0{id}\0{key}"));
        await script.OpenConnectionAsync();
        await script.BeginAsync();
        return script;
    }

    /// <summary>Creates the devices that are stolen.</summary>
    public static async Task<AttackTarget> OfAsync(GatewayProcess gateway)
    {
        var devices = new List<string>();
        for (int i = 0; i < Stolen; i++)
        {
            string id = "stolen-" + i.ToString(CultureInfo.InvariantCulture);
            devices.AddRange([id, await gateway.CreateDeviceAsync(id)]);
        }

        return new AttackTarget(gateway.AmqpPort, gateway.MqttPort, gateway.HttpsPort, devices);
    }

    public string Write() => JsonSerializer.Serialize(this);

    public static AttackTarget Read(string line) => JsonSerializer.Deserialize<AttackTarget>(line)!;
}
