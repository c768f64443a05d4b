using System.Text.Json;
using Restante.Cli.Tests.Hosting;
using Restante.Core.Access;
using Restante.Storage.Conformance;

namespace Restante.Cli.Tests;

/// <summary>What policies reach and may do, and their credentials, on the command line.</summary>
public sealed class PolicyTests
{
    private static readonly string s_thumbprint = string.Join(':', Enumerable.Repeat("ab", 32));

    [Fact]
    public async Task A_scope_is_given_shown_changed_and_taken_away()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (int code, string output, string error) = await cli.RunAsync(
            "policy", "add", "oslo", "--rights", "registry-read", "--audience", "tags.city = 'Oslo'", "--channel", "", "--channel", "position",
            "-o", "json");
        Assert.True(code == 0, error);
        string key = Parse(output).GetProperty("keys").GetProperty("primary").GetString()!;
        foreach (string city in (string[])["Oslo", "Bergen"])
            Assert.Equal(0, (await cli.RunAsync("device", "add", "bus-" + city, "--tag", $"city={city}")).Code);
        Assert.Equal(["bus-Oslo"], await DevicesAsync());

        (_, output, _) = await cli.RunAsync("policy", "scope", "oslo");
        Assert.Contains("audience  tags.city = 'Oslo'", output, StringComparison.Ordinal);
        Assert.Contains("subjects  all", output, StringComparison.Ordinal);
        Assert.Contains("channels  (without channel), position", output, StringComparison.Ordinal);
        Assert.Contains("tags.city = 'Oslo'; (without channel), position", (await cli.RunAsync("policy", "list")).Out, StringComparison.Ordinal);

        (code, output, error) = await cli.RunAsync(
            "policy", "scope", "oslo", "--audience", "tags.city = 'Bergen'", "--subject", "weather", "--group", "own", "-o", "json");
        Assert.True(code == 0, error);
        JsonElement scope = Parse(output).GetProperty("scope");
        Assert.Equal(["audience", "subjects", "groups"], scope.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("tags.city = 'Bergen'", scope.GetProperty("audience").GetString());
        Assert.Equal("weather", Assert.Single(scope.GetProperty("subjects").EnumerateArray()).GetString());
        Assert.Equal("own", Assert.Single(scope.GetProperty("groups").EnumerateArray()).GetString());
        Assert.Equal(["bus-Bergen"], await DevicesAsync());

        (code, output, _) = await cli.RunAsync("policy", "scope", "oslo", "--none");
        Assert.Equal(0, code);
        Assert.Contains("scope     none", output, StringComparison.Ordinal);
        Assert.Equal(["bus-Bergen", "bus-Oslo"], await DevicesAsync());

        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("policy", "scope", "nobody")).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("policy", "scope", "nobody", "--none")).Code);
        Assert.Equal((int)ExitCode.Usage, (await cli.RunAsync("policy", "scope", "oslo", "--none", "--subject", "a")).Code);
        (code, _, error) = await cli.RunAsync("policy", "scope", "oslo", "--audience", "tags.");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.NotEmpty(error);
        Assert.Equal((int)ExitCode.Refused, (await cli.RunAsync("policy", "scope", "admin", "--subject", "a")).Code);
        Assert.Equal((int)ExitCode.NotAuthorized, (await cli.RunAsync("policy", "scope", "oslo", "--policy", "oslo", "--key", key)).Code);

        async Task<string[]> DevicesAsync()
        {
            (_, string listed, _) = await cli.RunAsync("device", "list", "-o", "json", "--policy", "oslo", "--key", key);
            return [.. Parse(listed).EnumerateArray().Select(static d => d.GetProperty("id").GetString()!)];
        }
    }

    [Fact]
    public async Task Rights_are_changed()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (_, string output, _) = await cli.RunAsync("policy", "add", "backend", "--rights", "send", "-o", "json");
        string key = Parse(output).GetProperty("keys").GetProperty("primary").GetString()!;
        Assert.Equal((int)ExitCode.NotAuthorized, (await cli.RunAsync("device", "list", "--policy", "backend", "--key", key)).Code);
        (int code, output, string error) = await cli.RunAsync("policy", "rights", "backend", "registry-read,send", "telemetry-read");
        Assert.True(code == 0, error);
        Assert.Contains("rights  registry-read, send, telemetry-read", output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.RunAsync("device", "list", "--policy", "backend", "--key", key)).Code);
        (_, output, _) = await cli.RunAsync("policy", "rights", "backend", "send", "-o", "json");
        Assert.Equal("send", Assert.Single(Parse(output).GetProperty("rights").EnumerateArray()).GetString());
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("policy", "rights", "nobody", "send")).Code);
        Assert.Equal((int)ExitCode.NotAuthorized, (await cli.RunAsync("policy", "rights", "admin", "send")).Code);
    }

    [Fact]
    public async Task Credentials_are_rotated_and_a_new_key_is_shown_once()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (_, string output, _) = await cli.RunAsync("policy", "add", "backend", "--rights", "registry-read", "-o", "json");
        string first = Parse(output).GetProperty("keys").GetProperty("primary").GetString()!;
        (int code, output, string error) = await cli.RunAsync("policy", "credential", "backend", "secondary", "--new-key");
        Assert.True(code == 0, error);
        string second = output.Split('\n').Single(static l => l.StartsWith("key ", StringComparison.Ordinal)).Split(' ')[^1].Trim();
        Assert.Contains("not shown again", output + error, StringComparison.Ordinal);
        PolicyRecord policy = (await gateway.Gateway.Policies.FindAsync("backend")).Value!;
        Assert.Equal((first, second), (policy.PrimaryKey.Reveal(), policy.SecondaryKey.Reveal()));
        Assert.Equal(0, (await cli.RunAsync("device", "list", "--policy", "backend", "--key", second)).Code);

        (code, output, error) = await cli.RunAsync("policy", "credential", "backend", "primary", "--thumbprint", s_thumbprint, "-o", "json");
        Assert.True(code == 0, error);
        Assert.Equal("thumbprint", Parse(output).GetProperty("primary").GetProperty("kind").GetString());
        Assert.DoesNotContain(second, output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.NotAuthorized, (await cli.RunAsync("device", "list", "--policy", "backend", "--key", first)).Code);
        Assert.Equal(0, (await cli.RunAsync("policy", "credential", "backend", "secondary", "--none")).Code);
        Assert.Same(Credential.None, (await gateway.Gateway.Policies.FindAsync("backend")).Value!.Secondary);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("policy", "credential", "nobody", "primary", "--new-key")).Code);
        Assert.Equal((int)ExitCode.NotAuthorized, (await cli.RunAsync("policy", "credential", "admin", "primary", "--new-key")).Code);
    }

    private static JsonElement Parse(string json) => JsonElement.Parse(json);
}
