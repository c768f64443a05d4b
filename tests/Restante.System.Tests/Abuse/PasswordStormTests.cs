using System.Net;
using Restante.System.Tests.Processes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// Guessing of passwords from one address: after so many it has to wait, is refused unseen, and told that it is. Who is connected stays
/// connected. All tests come from one address, so this gateway is for this test alone.
/// </summary>
public sealed class PasswordStormTests
{
    // A wait may end in between; the next is twice as long.
    private const int Tries = 20;

    [Fact]
    public async Task Guessing_is_throttled_and_whoever_is_connected_goes_on()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync("--set", "Limits:MaxAuthenticationFailuresPerMinute=5");
        await using Witness witness = await Witness.StartAsync(gateway);
        string key = await gateway.CreateDeviceAsync("guessed");
        await witness.WorkDuringAsync(async () =>
        {
            await UntilAsync(async () => await AmqpAsync(gateway, "wrong") == 4); // sys-temp
            await UntilAsync(async () => await MqttAsync(gateway, 5, "wrong") == 0x9f);
            await UntilAsync(async () => await MqttAsync(gateway, 4, "wrong") == 3);
            await UntilAsync(async () =>
            {
                using HttpClient http = gateway.CreateHttpClient("policy/admin:wrong");
                using HttpResponseMessage response = await http.GetAsync("/v1/devices");
                if (response.StatusCode != HttpStatusCode.TooManyRequests)
                    return false;
                Assert.NotNull(response.Headers.RetryAfter);
                return true;
            });

            // The right one is not looked at either, so that a guess cannot be told from it.
            await UntilAsync(async () => await AmqpAsync(gateway, "wrong") == 4 && await AmqpAsync(gateway, key) == 4);
        });
    }

    private static async Task<int> AmqpAsync(GatewayProcess gateway, string password)
    {
        await using AmqpScript script = await AmqpScript.SaslAsync(gateway);
        return await script.AuthenticateAsync("PLAIN", $"\0guessed\0{password}");
    }

    private static async Task<int> MqttAsync(GatewayProcess gateway, int version, string password)
    {
        await using Wire wire = await Wire.ConnectTlsAsync(gateway.MqttPort);
        await wire.SendAsync(MqttBytes.Connect(version, "guessed", "guessed", password));
        return (await wire.ReadToEndAsync())[3];
    }

    private static async Task UntilAsync(Func<Task<bool>> isThrottled)
    {
        for (int i = 0; i < Tries; i++)
        {
            if (await isThrottled())
                return;
        }

        Assert.Fail($"After {Tries} tries the guessing was not throttled.");
    }
}
