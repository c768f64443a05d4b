using Restante.Cli.Commands;
using Restante.Cli.Output;
using Restante.Cli.Tests.Hosting;

namespace Restante.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("device add", "add")]
    [InlineData("device", "")]
    [InlineData("send d", "--file")]
    [InlineData("send d body --file x", "--file")]
    [InlineData("send d body --ttl soon", "duration")]
    [InlineData("send d body --ttl 0", "duration")]
    [InlineData("send d body --wait 301", "300")]
    [InlineData("send d body --wait 6m", "300")]
    [InlineData("send d body --property x", "NAME=VALUE")]
    [InlineData("send d body --property =x", "NAME=VALUE")]
    [InlineData("send d body more", "more")]
    [InlineData("send d body --not-before 6:00", "--not-before")]
    [InlineData("send d body --report", "--wait")]
    [InlineData("notify body", "--audience")]
    [InlineData("notify body --group g --audience true", "--audience")]
    [InlineData("notify --group g", "--file")]
    [InlineData("device add d --tag x", "NAME=VALUE")]
    [InlineData("device add d --tag a..b=1", "NAME=VALUE")]
    [InlineData("device change d", "--tag")]
    [InlineData("device change d --gateway g --no-gateway", "--no-gateway")]
    [InlineData("state d --desired [1]", "object")]
    [InlineData("state d --desired {", "object")]
    [InlineData("state d --replace", "--desired")]
    [InlineData("dead-letters delete d", "--all")]
    [InlineData("dead-letters delete d 5 --all", "--all")]
    [InlineData("job start x", "--audience")]
    [InlineData("job start x --audience true --rate 0", "--rate")]
    [InlineData("job start x --audience true --abort-percent 100", "--abort-percent")]
    [InlineData("device list --output xml", "xml")]
    [InlineData("device keys rotate d --slot third", "third")]
    [InlineData("policy add p", "--rights")]
    [InlineData("policy add p --rights send,fly", "fly")]
    [InlineData("policy rights p", "rights")]
    [InlineData("policy rights p fly", "fly")]
    [InlineData("policy credential p primary", "--new-key")]
    [InlineData("policy credential p primary --none --new-key", "--none")]
    [InlineData("policy credential p third --none", "third")]
    [InlineData("watch telemetry --count 0", "--count")]
    [InlineData("watch telemetry --partition x", "x")]
    [InlineData("fly", "fly")]
    public async Task A_wrong_command_line_exits_with_2_and_says_how_to_go_on(string line, string about)
    {
        var gateway = new FakeGateway();
        (int code, string output, string error) = await new Hosting.Cli { NewHandler = _ => gateway }.RunAsync(line.Split(' '));
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains(about, error, StringComparison.Ordinal);
        Assert.Contains("--help'", error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Empty(gateway.Requests);
    }

    [Fact]
    public async Task A_log_in_a_file_is_verified_without_a_gateway_or_a_key()
    {
        string folder = Directory.CreateTempSubdirectory("restante-cli-").FullName;
        try
        {
            string file = Path.Combine(folder, "audit.jsonl");
            await File.WriteAllTextAsync(file, string.Empty);
            Assert.Equal((0, ""), await VerifyAsync(file));
            await File.WriteAllTextAsync(file, "{}\n");
            (int code, string error) = await VerifyAsync(file);
            Assert.Equal((int)ExitCode.Refused, code);
            Assert.NotEmpty(error);
            Assert.Contains("There is no key", (await VerifyAsync(null)).Error, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        async Task<(int Code, string Error)> VerifyAsync(string? file)
        {
            var cli = new Hosting.Cli { WorkingDirectory = folder };
            (int code, _, string error) = await cli.RunAsync([.. new[] { "audit", "verify", file }.OfType<string>()]);
            return (code, error);
        }
    }

    [Fact]
    public async Task Help_is_no_mistake()
    {
        (int code, string output, string error) = await new Hosting.Cli().RunAsync("send", "--help");
        Assert.Equal(0, code);
        Assert.Contains("--ttl", output, StringComparison.Ordinal);
        Assert.Contains("RESTANTE_URL", output, StringComparison.Ordinal);
        Assert.Empty(error);
    }

    [Theory]
    [InlineData("30", 30.0)]
    [InlineData("0.5", 0.5)]
    [InlineData("30s", 30.0)]
    [InlineData("5m", 300.0)]
    [InlineData("1.5h", 5_400.0)]
    [InlineData("2d", 172_800.0)]
    [InlineData("", null)]
    [InlineData("m", null)]
    [InlineData("-1", null)]
    [InlineData("0s", null)]
    [InlineData("NaN", null)]
    [InlineData("1e3", null)]
    [InlineData("5 m", null)]
    [InlineData("99999999999", null)]
    public void Durations_are_read(string text, double? seconds)
    {
        Assert.Equal(seconds is not null, Durations.TryParse(text, out double read));
        if (seconds is not null)
            Assert.Equal(seconds.Value, read);
    }

    [Fact]
    public void Text_from_elsewhere_cannot_steer_the_terminal() =>
        Assert.Equal("a\\u001b[31mb\\u000ac\\u009bd\\u202ee ü€😀", SafeText.Of("a\u001b[31mb\nc\u009bd\u202ee ü€😀"));
}
