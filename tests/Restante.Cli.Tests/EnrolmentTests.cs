using System.Text.Json;
using Restante.Cli.Tests.Hosting;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;

namespace Restante.Cli.Tests;

/// <summary>Enrolment groups, claims and the ledger on the command line.</summary>
public sealed class EnrolmentTests
{
    [Fact]
    public async Task Groups_are_added_shown_changed_and_removed()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        (int code, string output, string error) = await cli.RunAsync(
            "enrolment", "add", "trucks", "--key", "--prefix", "truck-", "--tag", "axles=3", "--group", "north", "--desired", """{"interval":60}""",
            "--max-devices", "7", "--expires", "2h");
        Assert.True(code == 0, error);
        EnrolmentGroup group = (await gateway.Gateway.Enrolments.FindAsync("trucks")).Value!;
        Assert.Equal((EnrolmentKind.Key, "truck-", """{"axles":3}""", 7L), (group.Kind, group.IdPrefix, group.Tags, group.MaxDevices));
        Assert.Contains(group.PrimaryKey!.Reveal(), output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.RunAsync("enrolment", "change", "trucks", "--disable", "--never-expires", "--max-devices", "8")).Code);
        EnrolmentGroup changed = (await gateway.Gateway.Enrolments.FindAsync("trucks")).Value!;
        Assert.Equal((false, 8L, long.MaxValue, "truck-"), (changed.IsEnabled, changed.MaxDevices, changed.ExpiresAtMs, changed.IdPrefix));
        (_, output, _) = await cli.RunAsync("enrolment", "show", "trucks");
        Assert.Contains("0 of 8", output, StringComparison.Ordinal);
        Assert.DoesNotContain("key  ", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("enrolment", "list");
        Assert.Contains("trucks  key   disabled  truck-  0         8        never", output, StringComparison.Ordinal);
        (_, output, _) = await cli.RunAsync("enrolment", "keys", "rotate", "trucks", "--slot", "secondary", "-o", "json");
        using (JsonDocument json = JsonDocument.Parse(output))
            Assert.Equal(group.PrimaryKey.Reveal(), json.RootElement.GetProperty("keys").GetProperty("primary").GetString());
        (_, output, _) = await cli.RunAsync("enrolment", "derive-key", "trucks", "truck-1");
        Assert.Equal(DerivedKey.Of(group.PrimaryKey, DeviceId.Parse("truck-1")).Reveal(), output.Trim());
        Assert.Equal(0, (await cli.RunAsync("enrolment", "remove", "trucks")).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("enrolment", "show", "trucks")).Code);
        Assert.Equal(0, (await cli.RunAsync("enrolment", "add", "any", "--authority", "any")).Code);
        Assert.Null((await gateway.Gateway.Enrolments.FindAsync("any")).Value!.Authority);
    }

    [Fact]
    public async Task Claims_are_made_and_taken_back_and_removed_devices_are_released()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli();
        Assert.Equal(0, (await cli.RunAsync("enrolment", "add", "toasters", "--claim")).Code);
        (int code, string output, string error) = await cli.RunAsync("enrolment", "claims", "add", "toasters", "--count", "2");
        Assert.True(code == 0, error);
        string[] tokens = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(2, tokens.Length);
        string password = $"claim:{tokens[0]}:{SymmetricKey.Generate().Reveal()}";
        Assert.True((await gateway.Gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt("toaster-1", password, null))).IsSuccess);
        (_, output, _) = await cli.RunAsync("enrolment", "claims", "list", "toasters", "-o", "json");
        using JsonDocument json = JsonDocument.Parse(output);
        string number = Assert.Single(json.RootElement.EnumerateArray()).GetProperty("number").GetRawText();
        Assert.Equal(0, (await cli.RunAsync("enrolment", "claims", "remove", "toasters", number)).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("enrolment", "claims", "remove", "toasters", number)).Code);

        (_, output, _) = await cli.RunAsync("enrolment", "ledger", "--of", "toasters");
        Assert.Contains("toaster-1  toasters  claim", output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Refused, (await cli.RunAsync("enrolment", "release", "toaster-1")).Code);
        Assert.Equal(0, (await cli.RunAsync("device", "remove", "toaster-1")).Code);
        Assert.Equal(0, (await cli.RunAsync("enrolment", "release", "toaster-1")).Code);
        Assert.Equal((int)ExitCode.NotFound, (await cli.RunAsync("enrolment", "release", "toaster-1")).Code);
    }

    [Theory]
    [InlineData("enrolment", "add", "a")]
    [InlineData("enrolment", "add", "a", "--key", "--claim")]
    [InlineData("enrolment", "add", "a", "--key", "--desired", "[]")]
    [InlineData("enrolment", "add", "a", "--key", "--desired", "{")]
    [InlineData("enrolment", "add", "a", "--key", "--tag", "x")]
    [InlineData("enrolment", "add", "a", "--key", "--expires", "soon")]
    [InlineData("enrolment", "change", "a")]
    [InlineData("enrolment", "change", "a", "--enable", "--disable")]
    public async Task What_makes_no_sense_is_a_mistake_of_usage(params string[] words)
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Assert.Equal((int)ExitCode.Usage, (await gateway.Cli().RunAsync(words)).Code);
    }
}
