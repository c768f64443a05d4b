using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>Imports whose gateways come after the devices they act for: what that costs, and what ends it.</summary>
public sealed class ImportOrderTests
{
    private const int Chain = 600;
    private const int Beside = 400;
    private const int LotLines = 250;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_chain_of_gateways_costs_each_line_two_tries(bool isReversed)
    {
        await using TestHead head = await TestHead.StartAsync();
        var lots = new List<int>();
        head.Store.Importing = lots.Add;
        IEnumerable<string> chain = isReversed ? Reversed() : [.. Reversed().SkipLast(1).Reverse(), Reversed().Last()];
        DeviceImportView done = await ImportAsync(head, [.. chain, Line("lost", "nobody"), Line("lost-too", "lost")]);
        Assert.Equal((Chain, 2), (done.Created, done.Failed));
        Assert.Equal([(Chain + 1, "lost", "nobody"), (Chain + 2, "lost-too", "lost")],
            done.Failures.Select(f => (f.Line, f.Id, f.MissingGateway)));
        Assert.InRange(lots.Sum(), Chain + 2, 2 * (Chain + 2));
        Assert.InRange(lots.Count, 1, 8);
        Assert.Equal("d600", (await head.Gateway.Devices.FindAsync("d599")).Value!.Gateway?.Value);
    }

    [Fact]
    public async Task Of_lines_for_one_device_the_first_in_the_file_whose_gateway_has_come_counts()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceImportView done = await ImportAsync(
            head, [Line("c", "r"), Line("x", "c"), Line("x", "b"), Line("y", "e"), Line("y", "b"), Line("e", "c"), Line("r"), Line("b")]);
        Assert.Equal((6, 2), (done.Created, done.Failed));
        Assert.Equal([(3, "x", "conflict"), (4, "y", "conflict")], done.Failures.Select(f => (f.Line, f.Id, f.Kind)));
        Assert.Equal("c", (await head.Gateway.Devices.FindAsync("x")).Value!.Gateway?.Value);
        Assert.Equal("b", (await head.Gateway.Devices.FindAsync("y")).Value!.Gateway?.Value);
    }

    [Theory]
    [InlineData(251)]
    [InlineData(600)]
    public async Task Lines_that_wait_for_each_other_in_a_ring_end_though_one_of_them_came_and_went(int ring)
    {
        await using TestHead head = await TestHead.StartAsync();
        IEnumerable<string> lines = Enumerable.Range(1, ring).Select(i => Line($"d{i}", $"d{(i == 1 ? ring : i - 1)}"));
        int lots = 0, lotsOfFile = (ring + LotLines) / LotLines;
        head.Store.Importing = _ =>
        {
            Assert.InRange(++lots, 1, 50);
            if (lots == lotsOfFile + 1) // The first one of those that were put off.
                Assert.True(head.Gateway.Devices.RemoveAsync($"d{ring}").AsTask().GetAwaiter().GetResult().IsSuccess);
        };
        DeviceImportView done = await ImportAsync(head, [.. lines, Line($"d{ring}")]);
        Assert.Equal((1, ring), (done.Created, done.Failed));
        Assert.InRange(lots, lotsOfFile + 1, 50);
    }

    [Fact]
    public async Task Lines_in_a_ring_are_not_tried_again_for_each_one_that_is_created_beside_them()
    {
        await using TestHead head = await TestHead.StartAsync();
        const int Ring = 300, PutOff = Ring + Beside - 1;
        IEnumerable<string> ring = Enumerable.Range(1, Ring).Select(i => Line($"d{i}", $"d{(i == 1 ? Ring : i - 1)}"));
        IEnumerable<string> chain = Enumerable.Range(1, Beside).Select(i => i < Beside ? Line($"c{i}", $"c{i + 1}") : Line($"c{i}"));
        string[] lines = [.. chain, .. ring, Line($"d{Ring}")];
        int lots = 0, tries = 0;
        head.Store.Importing = count =>
        {
            tries += count;
            if (++lots == ((lines.Length + LotLines - 1) / LotLines) + 1)
                Assert.True(head.Gateway.Devices.RemoveAsync($"d{Ring}").AsTask().GetAwaiter().GetResult().IsSuccess);
        };
        DeviceImportView done = await ImportAsync(head, lines);
        Assert.Equal((Beside + 1, Ring), (done.Created, done.Failed));
        Assert.InRange(tries, lines.Length + PutOff, lines.Length + (6 * PutOff)); // Once in the file, once at the end, four times between.
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_it_and_what_was_changed_before_is_noted()
    {
        HttpContext? request = null;
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestHead head = await TestHead.StartAsync(more: app => app.Use(next => async context =>
        {
            request = context;
            try
            {
                await next(context);
            }
            finally
            {
                over.TrySetResult();
            }
        }));
        await head.AddDeviceAsync("old");
        using var gone = new CancellationTokenSource();
        int lots = 0;
        head.Store.Importing = _ =>
        {
            if (++lots != 4)
                return; // Three with the lines as they came; this is the first one of those that were put off.
            gone.Cancel();
            request!.RequestAborted.WaitHandle.WaitOne();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ImportAsync(head, [Line("old", $"d{Chain}"), .. Reversed()], "?update", gone.Token));
        await over.Task;
        Assert.Equal((4, 251), (lots, await head.Gateway.Devices.CountAsync()));
        IReadOnlyList<AuditRecord> audit = (await head.Gateway.Audit.ReadAsync(0, 100)).Value!.Records;
        Assert.Single(audit, entry => Encoding.UTF8.GetString(entry.Line.Span).Contains("devices/old", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_policy_that_is_revoked_ends_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync("service", Rights.RegistryWrite)).Value!;
        var by = new ServicePrincipal(policy.Name, policy.Rights, CredentialSlot.Primary, long.MaxValue);
        var context = new DefaultHttpContext();
        Caller.Set(context, by, head.Gateway);
        var import = new DeviceImport(context, head.Gateway.Devices.For(by), head.Gateway.Metrics, true, 1_024);
        int number = 1;
        foreach (string line in Reversed())
            await import.AddAsync(new BodyLine(number++, Encoding.UTF8.GetBytes(line)));
        Assert.Null(import.Fault);
        int lots = 0;
        head.Store.Importing = _ => lots++;
        Assert.True((await head.Gateway.Policies.RemoveAsync("service")).IsSuccess);
        await import.FinishAsync();
        Assert.Equal((RefusalKind.Unauthorized, 0), (import.Fault?.Kind, lots));
    }

    // d1 behind d2, d2 behind d3 and so on; the last one has no gateway.
    private static IEnumerable<string> Reversed() =>
        Enumerable.Range(1, Chain).Select(static i => i < Chain ? Line($"d{i}", $"d{i + 1}") : Line($"d{i}"));

    private static string Line(string id, string? gateway = null) =>
        gateway is null ? $$"""{"id":"{{id}}"}""" : $$"""{"id":"{{id}}","gateway":"{{gateway}}"}""";

    private static async Task<DeviceImportView> ImportAsync(
        TestHead head, string[] lines, string query = "", CancellationToken aborted = default)
    {
        using var content = new StringContent(string.Join('\n', lines));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        using HttpResponseMessage response = await head.Client.PostAsync("/v1/devices/import" + query, content, aborted);
        return await TestHead.ReadAsync(response, RestanteJson.Default.DeviceImportView, HttpStatusCode.OK);
    }
}
