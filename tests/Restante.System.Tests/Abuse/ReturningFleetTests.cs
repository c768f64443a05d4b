using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Restante.Client.Mqtt;
using Restante.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// A fleet that comes back all at once, each with a TLS handshake: those who are connected go on meanwhile, as handshakes are admitted a
/// few at a time and do not keep others from the processor.
/// </summary>
public sealed class ReturningFleetTests
{
    private const int Fleet = 1_200;

    // Who is starved is served once a storm, when it is over. How long a storm takes depends on the machine.
    private const int FewestServed = 10;
    private const int MostStorms = 3;

    [Fact]
    public async Task Those_who_are_there_are_served_while_it_comes()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Log:Level=Warning");
        await using var network = new NetworkHost();
        List<(string Id, string Key)> fleet = await ImportAsync(gateway);
        await using Witness witness = await Witness.StartAsync(gateway);

        int served = 0;
        int storms = 0;
        for (; storms < MostStorms && served < FewestServed; storms++)
            await witness.WorkDuringAsync(() => ComeBackAsync(gateway, network, fleet), () => served++);
        string told = $"While {Fleet} devices came back {storms} times those who were there were served {served} times.";
        Assert.True(served >= FewestServed, told);
    }

    private static async Task ComeBackAsync(GatewayProcess gateway, NetworkHost network, List<(string Id, string Key)> fleet)
    {
        MqttClient[] back = await Task.WhenAll(fleet.Select(device => ConnectAsync(gateway, network, device)));
        Assert.All(back, static client => Assert.False(client.Ended.IsCompleted));
        foreach (MqttClient client in back)
            client.Abort();
    }

    private static async Task<MqttClient> ConnectAsync(GatewayProcess gateway, NetworkHost network, (string Id, string Key) device)
    {
        using var patience = new CancellationTokenSource(Wire.Patience);
        return await MqttClient.ConnectAsync(network, gateway.MqttEndpoint(device.Id, device.Key), new MqttDeviceOptions(), patience.Token);
    }

    private static async Task<List<(string Id, string Key)>> ImportAsync(GatewayProcess gateway)
    {
        List<(string Id, string Key)> fleet =
        [
            .. Enumerable.Range(0, Fleet).Select(static i => ($"fleet-{i}", Convert.ToBase64String(SHA256.HashData(BitConverter.GetBytes(i))))),
        ];
        IEnumerable<string> lines = fleet.Select(static d => JsonSerializer.Serialize(new { id = d.Id, keys = new { primary = d.Key } }));
        using var body = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        using HttpResponseMessage response = await gateway.Http.PostAsync("/v1/devices/import", body);
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return fleet;
    }
}
