using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Restante.Contracts;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Tests.Hosting;

namespace Restante.Heads.Http.Tests;

/// <summary>Imports whose lines cannot be read: they fill no lot, and end as others do.</summary>
public sealed class UnreadableImportTests
{
    private const int LotLines = 250;
    private const int MaxUnreadable = 10_000;

    private static readonly byte[] s_noDevice = "x"u8.ToArray();

    [Fact]
    public async Task A_client_that_goes_away_ends_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        using var gone = new CancellationTokenSource();
        DeviceImport import = await NewAsync(head, new DefaultHttpContext { RequestAborted = gone.Token });
        await gone.CancelAsync();
        await AddAsync(import, 1, LotLines - 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AddAsync(import, LotLines, 1));
    }

    [Fact]
    public async Task A_policy_that_is_revoked_ends_it()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceImport import = await NewAsync(head, new DefaultHttpContext());
        Assert.True((await head.Gateway.Policies.RemoveAsync("service")).IsSuccess);
        await AddAsync(import, 1, LotLines - 1);
        Assert.Null(import.Fault);
        await AddAsync(import, LotLines, 1, isTooLong: true);
        Assert.Equal(RefusalKind.Unauthorized, import.Fault?.Kind);
    }

    [Fact]
    public async Task Others_have_their_turn_between_lots_of_them()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceImport import = await NewAsync(head, new DefaultHttpContext());
        var turns = new CountedTurns();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(turns);
        try
        {
            for (int i = 1; i <= 3 * LotLines; i++)
            {
                ValueTask added = import.AddAsync(new BodyLine(i, s_noDevice));
                while (turns.TryRunOne())
                {
                }

                Assert.True(added.IsCompletedSuccessfully);
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        Assert.Equal(3, turns.Posted);
    }

    [Fact]
    public async Task It_is_broken_off_when_there_are_many_and_more_than_others()
    {
        await using TestHead head = await TestHead.StartAsync();
        string lines = string.Concat(Enumerable.Range(1, 300).Select(Line)) + string.Concat(Enumerable.Repeat("x\n", MaxUnreadable));
        ProblemView problem = await TestHead.RefusedAsync(await ImportAsync(head, lines), 400, "malformed");
        Assert.Contains("Broken off at line 10300: 10000 lines", problem.Detail, StringComparison.Ordinal);
        Assert.Contains("line 301: ", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(300, await head.Gateway.Devices.CountAsync()); // Those before were done.
    }

    [Fact]
    public async Task It_goes_on_when_as_many_can_be_read()
    {
        await using TestHead head = await TestHead.StartAsync();
        DeviceImport import = await NewAsync(head, new DefaultHttpContext());
        byte[] device = Encoding.UTF8.GetBytes(Line(1));
        for (int i = 0; i < MaxUnreadable; i++)
            await import.AddAsync(new BodyLine(i + 1, device));
        await AddAsync(import, MaxUnreadable + 1, MaxUnreadable);
        Assert.Null(import.Fault);
        DeviceImportView done = await import.FinishAsync();
        Assert.Equal((1, MaxUnreadable - 1, MaxUnreadable), (done.Created, done.Unchanged, done.Failed));
    }

    private static string Line(int number) => string.Create(CultureInfo.InvariantCulture, $"{{\"id\":\"lamp-{number}\"}}\n");

    private static async Task<DeviceImport> NewAsync(TestHead head, DefaultHttpContext context)
    {
        PolicyRecord policy = (await head.Gateway.Policies.CreateAsync("service", Rights.RegistryWrite)).Value!;
        var by = new ServicePrincipal(policy.Name, policy.Rights, CredentialSlot.Primary, long.MaxValue);
        Caller.Set(context, by, head.Gateway);
        return new DeviceImport(context, head.Gateway.Devices.For(by), head.Gateway.Metrics, false, 1_024);
    }

    private static async Task AddAsync(DeviceImport import, int first, int count, bool isTooLong = false)
    {
        for (int i = first; i < first + count; i++)
            await import.AddAsync(new BodyLine(i, isTooLong ? null : s_noDevice));
    }

    private static Task<HttpResponseMessage> ImportAsync(TestHead head, string lines)
    {
        var content = new StringContent(lines);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        return head.Client.PostAsync("/v1/devices/import", content);
    }

    /// <summary>Runs what was posted when the test says so.</summary>
    private sealed class CountedTurns : SynchronizationContext
    {
        private readonly Queue<Action> _waiting = new();

        public int Posted { get; private set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            Posted++;
            _waiting.Enqueue(() => d(state));
        }

        public bool TryRunOne()
        {
            if (!_waiting.TryDequeue(out Action? next))
                return false;
            next();
            return true;
        }
    }
}
