using System.Globalization;
using System.Text.RegularExpressions;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.Http2Bytes;

namespace Restante.System.Tests.Abuse;

/// <summary>What floods of HTTP/2 leave behind: no request that goes on, no place of a connection that is gone, no line of log.</summary>
public sealed partial class HttpRemainsTests
{
    private const int Places = 12;
    private const int Rounds = 20;

    private const string Http2Log = "Microsoft.AspNetCore.Server.Kestrel.Http2[";

    // Nothing at all is the fastest, and finds most that is left behind.
    private static readonly string[] s_paths =
        ["/nothing", "/health/live", "/nothing", "/v1/outcomes?wait=60", "/nothing", "/v1/devices/export", "/nothing", "/v1/telemetry?wait=60"];

    [Fact]
    public async Task After_floods_no_request_is_under_way_and_every_place_is_free()
    {
        await using GatewayProcess gateway = await GatewayProcess.StartAsync(
            "--set", $"Network:MaxConnections={Places}", "--set", "Log:Level=Warning");
        string authorization = Basic("policy/admin", gateway.AdminKey);
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string path in s_paths)
                await FloodAsync(gateway, Request("GET", path, authorization));
        }

        using var patience = new CancellationTokenSource(Wire.Patience);
        while (await UnderWayAsync(gateway) > 1) // That which asks is one.
            patience.Token.ThrowIfCancellationRequested();

        // As many as there may be, beside the one that asked.
        var open = new List<Http2Script>();
        for (int i = 0; i < Places - 1; i++)
        {
            open.Add(await Http2Script.ConnectAsync(gateway));
            Assert.NotNull(await open[^1].ReadAsync());
        }

        foreach (Http2Script script in open)
            await script.DisposeAsync();

        Assert.DoesNotContain(Http2Log, gateway.Output, StringComparison.Ordinal);
    }

    private static async Task FloodAsync(GatewayProcess gateway, byte[] request)
    {
        await using Http2Script script = await Http2Script.ConnectAsync(gateway);
        await script.SendUntilEndAsync(i => [.. Enumerable.Range(0, 50).SelectMany(n =>
        {
            int stream = 1 + (2 * ((50 * i) + n));
            return (byte[])[.. Frame(Headers, EndStream | EndHeaders, stream, request), .. Reset(stream)];
        })]);
    }

    private static async Task<double> UnderWayAsync(GatewayProcess gateway) =>
        UnderWay().Matches(await gateway.Http.GetStringAsync("/metrics")).Sum(static m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^http_server_active_requests(?:\{[^}]*\})? ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex UnderWay();
}
