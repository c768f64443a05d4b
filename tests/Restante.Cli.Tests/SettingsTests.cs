using System.Net;
using System.Security.Cryptography.X509Certificates;
using Restante.Cli.Tests.Hosting;
using Restante.Core.Access;
using Restante.Core.Devices;

namespace Restante.Cli.Tests;

/// <summary>Where address, key and trust come from, and what is said when they do not.</summary>
public sealed class SettingsTests : IDisposable
{
    private static readonly string s_key = SymmetricKey.Generate().Reveal();

    private readonly string _directory = Directory.CreateTempSubdirectory("restante-settings-").FullName;
    private readonly FakeGateway _gateway = new();
    private X509Certificate2Collection? _roots;

    private string Data => Path.Combine(_directory, "restante-data");

    public void Dispose()
    {
        _gateway.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private Hosting.Cli NewCli() => new()
    {
        WorkingDirectory = _directory,
        NewHandler = roots =>
        {
            _roots = roots;
            return _gateway;
        },
    };

    [Fact]
    public async Task The_key_file_of_the_directory_below_signs_a_token_and_does_not_travel()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "admin.key"), s_key + "\n");
        _gateway.Answer(HttpStatusCode.OK, """{"items":[]}""");
        Assert.Equal(0, (await NewCli().RunAsync("device", "list")).Code);
        string authorization = _gateway.Requests.Single().Authorization!;
        Assert.DoesNotContain(s_key, Uri.UnescapeDataString(authorization), StringComparison.Ordinal);
        SharedAccessSignature token = SharedAccessSignature.TryParse(authorization)!;
        Assert.True(SymmetricKey.TryParse(s_key, out SymmetricKey? key));
        Assert.True(token.IsSignedBy(key));
        Assert.Equal(("admin", "localhost:8443"), (token.Policy, token.Resource));
        Assert.InRange(token.ExpiresAtSeconds - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), 60, 600);
        Assert.Null(_roots);
    }

    [Fact]
    public async Task Flags_beat_the_environment_and_both_beat_the_directory()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "admin.key"), s_key);
        await File.WriteAllTextAsync(Path.Combine(Data, "gateway.json"), """{"httpsUrl":"https://from-file:1"}""");
        Hosting.Cli cli = NewCli();
        Assert.Equal("from-file:1", await ResourceAsync(cli));
        cli.Environment["RESTANTE_URL"] = "https://from-environment:2";
        cli.Environment["RESTANTE_POLICY"] = "ops";
        cli.Environment["RESTANTE_KEY"] = SymmetricKey.Generate().Reveal();
        Assert.Equal("from-environment:2", await ResourceAsync(cli));
        Assert.Equal("ops", SharedAccessSignature.TryParse(_gateway.Requests.Last().Authorization!)!.Policy);
        Assert.Equal("from-flag:3", await ResourceAsync(cli, "--url", "https://from-flag:3", "--policy", "dev", "--key", s_key));
        SharedAccessSignature token = SharedAccessSignature.TryParse(_gateway.Requests.Last().Authorization!)!;
        Assert.Equal("dev", token.Policy);
        Assert.True(SymmetricKey.TryParse(s_key, out SymmetricKey? key));
        Assert.True(token.IsSignedBy(key));
    }

    [Fact]
    public async Task A_broken_gateway_file_is_no_obstacle()
    {
        Directory.CreateDirectory(Data);
        await File.WriteAllTextAsync(Path.Combine(Data, "admin.key"), s_key);
        await File.WriteAllTextAsync(Path.Combine(Data, "gateway.json"), "{");
        Assert.Equal("localhost:8443", await ResourceAsync(NewCli()));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "admin.key does not exist", "device", "list")]
    [InlineData(ExitCode.Usage, "no key for the policy 'ops'", "device", "list", "--policy", "ops")]
    [InlineData(ExitCode.Usage, "is not a key", "device", "list", "--key", "c2hvcnQ=")]
    [InlineData(ExitCode.Usage, "no address", "health", "--url", "http://localhost")]
    [InlineData(ExitCode.Usage, "no address", "health", "--url", "localhost:8443")]
    [InlineData(ExitCode.Usage, "cannot be read", "health", "--ca", "none.pem")]
    [InlineData(ExitCode.Usage, "no certificate", "health", "--ca", "empty.pem")]
    public async Task What_is_missing_is_named_before_anything_is_tried(ExitCode expected, string about, params string[] args)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "empty.pem"), "nothing here");
        (int code, _, string error) = await NewCli().RunAsync(args);
        Assert.Equal((int)expected, code);
        Assert.Contains(about, error, StringComparison.Ordinal);
        Assert.DoesNotContain("c2hvcnQ=", error, StringComparison.Ordinal);
        Assert.Empty(_gateway.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, ExitCode.NotAuthorized, "clock")]
    [InlineData(HttpStatusCode.NotFound, ExitCode.NotFound, "The reason.")]
    [InlineData(HttpStatusCode.Conflict, ExitCode.Refused, "The reason.")]
    [InlineData(HttpStatusCode.ServiceUnavailable, ExitCode.Refused, "Try again in 7 seconds.")]
    public async Task Refusals_have_their_exit_code_and_a_way_to_mend_them(HttpStatusCode status, ExitCode expected, string about)
    {
        string problem = $$"""{"type":"x","title":"x","status":{{(int)status}},"detail":"The reason.","kind":"x","more":1}""";
        _gateway.Answer(status, problem, "application/problem+json", retryAfter: 7);
        (int code, string output, string error) = await NewCli().RunAsync("device", "list", "--key", s_key);
        Assert.Equal((int)expected, code);
        Assert.Contains("The reason.", error, StringComparison.Ordinal);
        Assert.Contains(about, error, StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("""{"type":"x","title":"x","status":403,"detail":"The reason.","kind":"forbidden","missingRight":"send"}""", true)]
    [InlineData("""{"type":"x","title":"x","status":403,"detail":"The reason.","kind":"forbidden"}""", false)]
    public async Task Another_policy_is_advised_where_a_right_is_missing_and_not_where_none_would_help(string problem, bool helps)
    {
        _gateway.Answer(HttpStatusCode.Forbidden, problem, "application/problem+json");
        (int code, _, string error) = await NewCli().RunAsync("device", "list", "--key", s_key);
        Assert.Equal((int)ExitCode.NotAuthorized, code);
        Assert.Contains("The reason.", error, StringComparison.Ordinal);
        Assert.Equal(helps, error.Contains("--policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_of_something_else_is_said_to_be_that()
    {
        _gateway.Answer(HttpStatusCode.OK, "<html>", "text/html");
        _gateway.Answer(HttpStatusCode.BadGateway, "<html>", "text/html");
        _gateway.Fail(new HttpRequestException("refused"));
        Hosting.Cli cli = NewCli();
        Assert.Equal((int)ExitCode.Refused, (await cli.RunAsync("device", "list", "--key", s_key)).Code);
        (int code, _, string error) = await cli.RunAsync("device", "list", "--key", s_key);
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("502", error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Unreachable, (await cli.RunAsync("device", "list", "--key", s_key)).Code);
    }

    [Fact]
    public async Task A_watch_comes_back_where_it_was_and_tells_of_gaps()
    {
        const string Outcome = """{"number":N,"id":"1","device":"d","kind":"command","outcome":"accepted","sender":"s","deliveryCount":1,"enqueuedAt":"2026-11-22T12:00:00.000Z","at":"2026-11-22T12:00:00.000Z"}""";
        _gateway.Answer(HttpStatusCode.OK, """{"items":[],"next":4,"skipped":0}""");
        _gateway.Answer(
            HttpStatusCode.OK,
            $"retry: 2000\n\n: alive\n\nevent: gap\ndata: {{\"skipped\":9}}\n\nid: 14\nevent: outcome\ndata: {Outcome.Replace("N", "14", StringComparison.Ordinal)}\n\nevent: end\ndata: {{\"reason\":\"draining\"}}\n\n",
            "text/event-stream");
        _gateway.Fail(new HttpRequestException("away"));
        _gateway.Answer(HttpStatusCode.OK, $"id: 15\nevent: outcome\ndata: {Outcome.Replace("N", "15", StringComparison.Ordinal)}\n\n", "text/event-stream");
        (int code, string output, string error) = await NewCli().RunAsync("watch", "outcomes", "--count", "2", "-o", "json", "--key", s_key);
        Assert.Equal(0, code);
        Assert.Equal(2, output.TrimEnd().Split(Environment.NewLine).Length);
        Assert.Contains("9 records are no longer kept", error, StringComparison.Ordinal);
        Assert.Contains("trying again", error, StringComparison.Ordinal);
        Assert.Equal(
            ["/v1/outcomes?after=latest", "/v1/outcomes?after=4", "/v1/outcomes?after=14", "/v1/outcomes?after=14"],
            _gateway.Requests.Select(r => r.Path));
    }

    private async Task<string> ResourceAsync(Hosting.Cli cli, params string[] more)
    {
        _gateway.Answer(HttpStatusCode.OK, """{"items":[]}""");
        (int code, _, string error) = await cli.RunAsync(["device", "list", .. more]);
        Assert.True(code == 0, error);
        return SharedAccessSignature.TryParse(_gateway.Requests.Last().Authorization!)!.Resource;
    }
}
