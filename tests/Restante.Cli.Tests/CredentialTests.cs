using System.Text.Json;
using Restante.Cli.Tests.Hosting;
using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Cli.Tests;

/// <summary>Credentials of devices and policies on the command line.</summary>
public sealed class CredentialTests
{
    private static readonly string s_thumbprint = string.Join(':', Enumerable.Repeat("ab", 32));

    [Fact]
    public async Task Devices_get_credentials_of_every_kind()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (int code, string output, string error) = await cli.RunAsync("device", "add", "a", "--thumbprint", s_thumbprint);
        Assert.True(code == 0, error);
        Assert.DoesNotContain("key", output, StringComparison.Ordinal);
        DeviceRecord device = (await gateway.Gateway.Devices.FindAsync("a")).Value!;
        Assert.Equal((CredentialKind.Thumbprint, Credential.None), (device.Primary.Kind, device.Secondary));
        Assert.Equal(0, (await cli.RunAsync("device", "add", "b", "--authority", "any")).Code);
        Assert.Equal(AuthoritySigned.ByAny, (await gateway.Gateway.Devices.FindAsync("b")).Value!.Primary);

        Assert.Equal(0, (await cli.RunAsync("device", "credential", "a", "secondary", "--authority", "maker")).Code);
        (_, output, _) = await cli.RunAsync("device", "credential", "a");
        Assert.Contains("signed by authority maker", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("device", "credential", "a", "primary", "--new-key", "-o", "json");
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal("key", json.RootElement.GetProperty("primary").GetProperty("kind").GetString());
        Assert.Equal(0, (await cli.RunAsync("device", "credential", "a", "secondary", "--none")).Code);
        Assert.Same(Credential.None, (await gateway.Gateway.Devices.FindAsync("a")).Value!.Secondary);
    }

    [Fact]
    public async Task Issuers_are_made_shown_and_removed()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (int code, string output, string error) = await cli.RunAsync("issuer", "create", "field", "--days", "10");
        Assert.True(code == 0, error);
        Assert.Contains("CN=field", output, StringComparison.Ordinal);
        Assert.StartsWith("-----BEGIN CERTIFICATE-----", (await cli.RunAsync("issuer", "show", "field", "--pem")).Out, StringComparison.Ordinal);
        Assert.Contains("field   yes", (await cli.RunAsync("issuer", "list")).Out, StringComparison.Ordinal);
        Assert.Equal("[]", (await cli.RunAsync("issuer", "certificates", "-o", "json")).Out.Trim());
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("issuer", "revoke", "47")).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("issuer", "revoke", "--device", "none")).Code);
        Assert.Equal(0, (await cli.RunAsync("issuer", "remove", "field")).Code);
        Assert.Equal("[]", (await cli.RunAsync("issuer", "list", "-o", "json")).Out.Trim());
    }

    [Theory]
    [InlineData("device", "credential", "a", "primary")]
    [InlineData("device", "credential", "a", "--none")]
    [InlineData("device", "credential", "a", "primary", "--none", "--new-key")]
    [InlineData("device", "add", "a", "--thumbprint", "x", "--authority", "any")]
    [InlineData("authority", "add", "maker", "no-such-file.crt")]
    [InlineData("issuer", "revoke")]
    [InlineData("issuer", "revoke", "47", "--device", "a")]
    public async Task What_makes_no_sense_is_a_mistake_of_usage(params string[] words)
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Assert.Equal((int)ExitCode.Usage, (await gateway.Cli().RunAsync(words)).Code);
    }
}
