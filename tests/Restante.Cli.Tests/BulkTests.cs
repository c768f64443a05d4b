using System.Globalization;
using System.Text.Json;
using Restante.Cli.Tests.Hosting;

namespace Restante.Cli.Tests;

/// <summary>Imports and exports of many devices against the real REST head.</summary>
public sealed class BulkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("restante-bulk-").FullName;

    private string List => Path.Combine(_folder, "devices.ndjson");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_import_does_what_it_can_and_keeps_the_lines_that_fail()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await gateway.AddDeviceAsync("there");
        string[] lines =
        [
            "\uFEFF" + """{"id":"a","gateway":"gw"}""",
            "",
            """{"id":"no id"}""",
            """{"id":"there","tags":{"n":1}}""",
            """{"id":"b","gateway":"nobody"}""",
            .. Numbered(2_000),
            """{"id":"gw","gateway":"gw2"}""",
            """{"id":"gw2"}""",
        ];
        await File.WriteAllLinesAsync(List, lines);
        (int code, string output, string error) = await gateway.Cli().RunAsync("device", "import", List, "-o", "json");
        Assert.Equal((int)ExitCode.Refused, code);
        JsonElement done = JsonDocument.Parse(output).RootElement;
        Assert.Equal((2_007, 2_003, 0, 0, 3), Numbers(done));
        Assert.Equal([lines[2], lines[3], lines[4]], await File.ReadAllLinesAsync(List + ".failed"));
        string[] reasons = await File.ReadAllLinesAsync(List + ".failed.why");
        Assert.StartsWith("line 3 (no id): malformed: ", reasons[0], StringComparison.Ordinal);
        Assert.StartsWith("line 4 (there): conflict: ", reasons[1], StringComparison.Ordinal);
        Assert.StartsWith("line 5 (b): malformed: There is no device 'nobody'", reasons[2], StringComparison.Ordinal);
        Assert.Contains(reasons[1], error, StringComparison.Ordinal);
        Assert.Equal("gw", (await gateway.Gateway.Devices.FindAsync("a")).Value!.Gateway?.Value);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(List + ".failed"));

        (code, output, _) = await gateway.Cli().RunAsync("device", "import", List, "--update", "-o", "json");
        Assert.Equal((2_007, 0, 1, 2_003, 2), Numbers(JsonDocument.Parse(output).RootElement));
        await File.WriteAllLinesAsync(List, lines[5..]);
        (code, output, _) = await gateway.Cli().RunAsync("device", "import", List);
        Assert.Equal(0, code);
        Assert.Contains("unchanged     2,002", output, StringComparison.Ordinal);
        Assert.Equal([List], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task An_import_of_standard_input_says_what_failed_and_keeps_nothing()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        Hosting.Cli cli = gateway.Cli(input: """{"id":"a","gateway":"b"}""" + "\n" + """{"id":"b"}""" + "\nno JSON\n");
        (int code, string output, string error) = await cli.RunAsync("device", "import", "-");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("created       2", output, StringComparison.Ordinal);
        Assert.Contains("line 3: malformed", error, StringComparison.Ordinal);
        Assert.DoesNotContain("failed lines", output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, (await cli.RunAsync("device", "import", "-", "--resume")).Code);
        Assert.Equal((int)ExitCode.Usage, (await cli.RunAsync("device", "import", Path.Combine(_folder, "none"))).Code);
    }

    [Fact]
    public async Task An_import_that_broke_off_goes_on_where_it_was()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        string[] lines = ["""{"id":"w","gateway":"late"}""", "wrong", .. Numbered(3_500), """{"id":"late"}"""];
        await File.WriteAllLinesAsync(List, lines);
        var breaking = new BreakingHandlers(after: 2);
        Hosting.Cli cli = Through(gateway, breaking);
        (int code, _, string error) = await cli.RunAsync("device", "import", List, "--patience", "0.5");
        Assert.Equal((int)ExitCode.Unreachable, code);
        Assert.Contains($"2,000 lines are through. Go on with: restante device import {List} --resume", error, StringComparison.Ordinal);

        // The lot of which nobody knew was done; a line was written to the side files after the checkpoint.
        Assert.True((await gateway.Gateway.Devices.FindAsync("d-2500")).IsSuccess);
        await File.AppendAllTextAsync(List + ".failed", "torn");
        await File.AppendAllTextAsync(List + ".waiting", "7 torn\n");
        (code, string output, error) = await gateway.Cli().RunAsync("device", "import", List, "--resume", "-o", "json");
        Assert.Equal((int)ExitCode.Refused, code);
        Assert.Contains("Going on after line 2,000.", error, StringComparison.Ordinal);
        Assert.Equal((3_503, 2_502, 0, 1_000, 1), Numbers(JsonDocument.Parse(output).RootElement));
        Assert.Equal(["wrong"], await File.ReadAllLinesAsync(List + ".failed"));
        Assert.Equal("late", (await gateway.Gateway.Devices.FindAsync("w")).Value!.Gateway?.Value);
        Assert.False(File.Exists(List + ".progress"));
        Assert.False(File.Exists(List + ".waiting"));
    }

    [Fact]
    public async Task A_gateway_that_comes_back_in_time_is_waited_for()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        await File.WriteAllLinesAsync(List, Numbered(2_500));
        var breaking = new BreakingHandlers(after: 1, times: 1);
        (int code, string output, string error) = await Through(gateway, breaking).RunAsync("device", "import", List, "-o", "json");
        Assert.Equal(0, code);
        Assert.Contains("Trying again in 1 second.", error, StringComparison.Ordinal);
        Assert.Equal((2_500, 1_500, 0, 1_000, 0), Numbers(JsonDocument.Parse(output).RootElement));
    }

    [Fact]
    public async Task Nothing_goes_on_in_another_file_or_at_another_gateway()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync(), other = await RunningGateway.StartAsync();
        await File.WriteAllLinesAsync(List, Numbered(2_500));
        await Through(gateway, new BreakingHandlers(after: 1)).RunAsync("device", "import", List, "--patience", "0.5");
        (int code, _, string error) = await other.Cli().RunAsync("device", "import", List, "--resume");
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains(gateway.Url, error, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, (await gateway.Cli().RunAsync("device", "import", List, "--resume", "--update")).Code);
        await File.WriteAllLinesAsync(List, Numbered(2_500).Select(static line => line + " "));
        (code, _, error) = await gateway.Cli().RunAsync("device", "import", List, "--resume");
        Assert.Equal((int)ExitCode.Usage, code);
        Assert.Contains("has been changed since", error, StringComparison.Ordinal);
        Assert.Equal(0, (await gateway.Cli().RunAsync("device", "import", List)).Code);
    }

    [Fact]
    public async Task What_is_exported_and_imported_elsewhere_is_the_same()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync(), other = await RunningGateway.StartAsync();
        await File.WriteAllLinesAsync(List, [
            .. Numbered(1_500),
            """{"id":"a","tags":{"city":"Tromsø","n":[1,{"x":null}]},"groups":["g","h"],"gateway":"z","desired":{"interval":5}}""",
            """{"id":"b","status":"disabled","credentials":{"primary":{"kind":"authority"}}}""",
            """{"id":"z"}""",
        ]);
        Assert.Equal(0, (await gateway.Cli().RunAsync("device", "import", List)).Code);
        string first = Path.Combine(_folder, "first"), second = Path.Combine(_folder, "second");
        (int code, string output, string error) = await gateway.Cli().RunAsync("device", "export", "--keys", "--desired", "--to", first);
        Assert.True(code == 0, error);
        Assert.Contains("devices  1,503", output, StringComparison.Ordinal);
        Assert.Equal(0, (await other.Cli().RunAsync("device", "import", first)).Code);
        (code, output, _) = await other.Cli().RunAsync("device", "export", "--keys", "--desired");
        Assert.Equal(0, code);
        Assert.Equal(await File.ReadAllTextAsync(first), output);
        Assert.Contains(""""desired":{"interval":5}"""", output, StringComparison.Ordinal);
        Assert.Equal(
            (await gateway.Gateway.Devices.FindAsync("d-7")).Value!.Primary, (await other.Gateway.Devices.FindAsync("d-7")).Value!.Primary);

        // What an export that was cut off left: whole lines, and a part of one.
        await File.WriteAllTextAsync(second + ".part", output[..20_000]);
        (code, output, error) = await gateway.Cli().RunAsync(
            "device", "export", "--keys", "--desired", "--to", second, "--resume", "-o", "json");
        Assert.True(code == 0, error);
        Assert.Contains("Going on after", error, StringComparison.Ordinal);
        Assert.Equal(1_503, JsonDocument.Parse(output).RootElement.GetProperty("devices").GetInt32());
        Assert.Equal(await File.ReadAllTextAsync(first), await File.ReadAllTextAsync(second));
        Assert.False(File.Exists(second + ".part"));
        (_, output, _) = await gateway.Cli().RunAsync("device", "export", "--query", "groups has 'g'");
        Assert.DoesNotContain("keys", Assert.Single(output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page()
    {
        await using RunningGateway gateway = await RunningGateway.StartAsync();
        foreach (string id in (string[])["a", "b", "c", "d"])
            await gateway.AddDeviceAsync(id);
        (int code, string output, string error) = await gateway.Cli().RunAsync(
            "device", "list", "--after", "a", "--max", "2", "-o", "json");
        Assert.Equal(0, code);
        Assert.Equal(["b", "c"], JsonDocument.Parse(output).RootElement.EnumerateArray().Select(d => d.GetProperty("id").GetString()));
        Assert.Contains("--after c", error, StringComparison.Ordinal);
        (_, output, error) = await gateway.Cli().RunAsync("device", "list", "--after", "c", "-o", "json");
        Assert.Equal("d", Assert.Single(JsonDocument.Parse(output).RootElement.EnumerateArray()).GetProperty("id").GetString());
        Assert.Empty(error);
        Assert.Equal((int)ExitCode.Usage, (await gateway.Cli().RunAsync("device", "list", "--max", "0")).Code);
    }

    private static string[] Numbered(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => string.Create(CultureInfo.InvariantCulture, $$"""{"id":"d-{{i}}"}"""))];

    private static (int Lines, int Created, int Changed, int Unchanged, int Failed) Numbers(JsonElement done) => (
        done.GetProperty("lines").GetInt32(), done.GetProperty("created").GetInt32(), done.GetProperty("changed").GetInt32(),
        done.GetProperty("unchanged").GetInt32(), done.GetProperty("failed").GetInt32());

    private static Hosting.Cli Through(RunningGateway gateway, BreakingHandlers handlers) =>
        new() { Environment = { ["RESTANTE_DATA"] = gateway.Directory }, NewHandler = handlers.New };

    /// <summary>Connections that break after so many requests: the next is done, and its answer lost.</summary>
    private sealed class BreakingHandlers(int after, int times = int.MaxValue)
    {
        private int _requests;
        private int _broken;

        public HttpMessageHandler New(System.Security.Cryptography.X509Certificates.X509Certificate2Collection? roots) =>
            new Handler(this, CliSurroundings.NewSocketsHandler(roots));

        private sealed class Handler(BreakingHandlers owner, HttpMessageHandler inner) : DelegatingHandler(inner)
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
                if (owner._requests++ < owner.After || owner._broken++ >= owner.Times)
                    return response;
                response.Dispose();
                throw new HttpRequestException("broken");
            }
        }

        private int After { get; } = after;

        private int Times { get; } = times;
    }
}
