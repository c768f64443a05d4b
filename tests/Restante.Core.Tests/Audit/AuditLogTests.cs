using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Streams;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance.Memory;
using Restante.Storage.Conformance.Streams;

namespace Restante.Core.Tests.Audit;

public sealed class AuditLogTests : IAsyncDisposable
{
    private static readonly ConnectionName s_from = new("https", 0, "10.2.3.4");
    private static readonly AuditActor s_admin =
        AuditActor.Of(new ServicePrincipal("admin", Rights.Admin, CredentialSlot.Secondary, long.MaxValue), s_from);

    private readonly MemoryStreamStore _kept = new();
    private readonly MemoryGatewayStore _store;
    private readonly ManualTime _time = new();
    private Gateway _gateway;

    public AuditLogTests()
    {
        _store = new MemoryGatewayStore(audit: _kept);
        _gateway = Open();
    }

    private AuditLog Log => _gateway.Audit;

    [Fact]
    public async Task An_act_says_who_did_what_to_what_from_where_and_when()
    {
        Assert.Null(await Log.RecordAsync(new AuditEntry { Act = "rotateDeviceKey", By = s_admin, Target = "devices/truck-17", Detail = "primary" }));
        JsonElement entry = Assert.Single(await EntriesAsync());
        Assert.Equal(
            """
            {"number":1,"time":"2026-01-01T12:00:00.000Z","act":"rotateDeviceKey","result":"done","by":"service","name":"admin","slot":"secondary",
            "protocol":"https","peer":"10.2.3.4","target":"devices/truck-17","detail":"primary",
            "previous":"0000000000000000000000000000000000000000000000000000000000000000"}
            """.ReplaceLineEndings(""),
            entry.GetRawText());
    }

    [Fact]
    public async Task Acts_of_the_gateway_of_devices_and_of_local_people_say_so()
    {
        var gateway = new DevicePrincipal(DeviceId.Parse("ship"), new(1), CredentialSlot.Primary, long.MaxValue);
        var child = new DevicePrincipal(DeviceId.Parse("engine"), new(2), CredentialSlot.Primary, long.MaxValue) { Through = gateway };
        await Log.RecordAsync(new AuditEntry { Act = "a", By = AuditActor.Gateway });
        await Log.RecordAsync(new AuditEntry { Act = "b", By = AuditActor.Local("root") });
        await Log.RecordAsync(new AuditEntry { Act = "c", By = AuditActor.Of(child, new ConnectionName("amqp", 7, null)) });
        List<JsonElement> entries = await EntriesAsync();
        Assert.Equal(["gateway", "local", "device"], entries.Select(e => Text(e, "by")));
        Assert.Equal([null, "root", "engine"], entries.Select(e => Text(e, "name")));
        Assert.Equal("ship", Text(entries[2], "through"));
        Assert.Equal(7, entries[2].GetProperty("connection").GetInt32());
    }

    [Fact]
    public async Task Each_line_names_the_hash_of_the_line_before_across_restarts()
    {
        await Log.RecordAsync(Act("one"));
        await Task.WhenAll(Enumerable.Range(0, 600).Select(i => Log.RecordAsync(Act("many" + i)).AsTask()));
        _gateway.Dispose();
        _gateway = Open();
        await Log.RecordAsync(Act("last"));
        IReadOnlyList<AuditRecord> records = TestGateway.Ok(await Log.ReadAsync(0, 1_000)).Records;
        Assert.Equal(602, records.Count);
        string previous = new('0', 64);
        foreach (AuditRecord record in records)
        {
            JsonElement entry = JsonElement.Parse(record.Line.Span);
            Assert.Equal(record.Number, entry.GetProperty("number").GetInt64());
            Assert.Equal(previous, Text(entry, "previous"));
            previous = Convert.ToHexStringLower(SHA256.HashData(record.Line.Span));
        }

        AuditAnchor anchor = TestGateway.Ok(await Log.FindAnchorAsync());
        Assert.Equal($"602:{previous}", anchor.ToString());
    }

    [Fact]
    public async Task An_empty_log_stands_at_nothing()
    {
        Assert.Equal("0:" + new string('0', 64), TestGateway.Ok(await Log.FindAnchorAsync()).ToString());
        Assert.Equal(0, await Log.FindLastAsync());
        TestGateway.Refused(RefusalKind.Malformed, await Log.ReadAsync(-1, 1));
        TestGateway.Refused(RefusalKind.Malformed, await Log.ReadAsync(0, AuditLog.MaxPage + 1));
    }

    [Fact]
    public async Task While_the_log_cannot_be_written_acts_are_refused_and_what_was_done_is_noted_later()
    {
        Assert.Null(await Log.AdmitAsync());
        _kept.Unavailable = true;
        Refusal? told = await Log.RecordAsync(Act("done-before"));
        Assert.Equal(RefusalKind.Unavailable, told?.Kind);
        Assert.Contains("It was done", told!.Message, StringComparison.Ordinal);
        Assert.Equal(RefusalKind.Unavailable, (await Log.AdmitAsync())?.Kind);
        TestGateway.Refused(RefusalKind.Unavailable, await Log.ReadAsync(0, 10));
        await _gateway.Maintenance.RunOnceAsync();
        _kept.Unavailable = false;
        Assert.Null(await Log.AdmitAsync());
        await Log.RecordAsync(Act("after"));
        Assert.Equal(["done-before", "after"], (await EntriesAsync()).Select(e => Text(e, "act")));
    }

    [Fact]
    public async Task The_sweep_writes_what_could_not_be_written_before()
    {
        _kept.Unavailable = true;
        Log.Refused(Refused("readEvents"));
        await Log.RecordAsync(Act("first"));
        _kept.Unavailable = false;
        await _gateway.Maintenance.RunOnceAsync();
        Assert.Equal(2, _kept.GetInfo(StreamId.Audit).NextSequenceNumber - 1);
    }

    [Fact]
    public async Task No_more_entries_wait_than_may()
    {
        _kept.Unavailable = true;
        for (int i = 0; i < AuditWriter.MaxWaiting + 10; i++)
            await Log.RecordAsync(Act("act" + i));
        _kept.Unavailable = false;
        Assert.Null(await Log.AdmitAsync());
        Assert.Equal(AuditWriter.MaxWaiting, await Log.FindLastAsync());
    }

    [Fact]
    public async Task A_name_that_is_empty_or_too_long_does_not_keep_anything_from_the_log()
    {
        Assert.Null(await Log.RecordAsync(Act("nameless") with { By = AuditActor.Local("") }));
        Assert.Null(await Log.RecordAsync(Act("long") with { By = AuditActor.Local(new string('x', 1_000)) }));
        Assert.Null(await Log.RecordAsync(Act(new string('y', 1_000))));
        List<JsonElement> entries = await EntriesAsync();
        Assert.Equal([null, new string('x', AuditEntry.MaxTextLength), "admin"], entries.Select(e => Text(e, "name")));
        Assert.Equal(["nameless", "long", new string('y', AuditEntry.MaxTextLength)], entries.Select(e => Text(e, "act")));
    }

    [Fact]
    public async Task An_entry_that_the_log_can_never_hold_gives_its_place_to_one_that_says_so()
    {
        long replaced = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (_gateway.Metrics.Owns(instrument) && instrument.Name == "restante.audit.replaced")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => replaced += count);
        listener.Start();
        _kept.Unfit = item => item.Channel == "unfit";
        _kept.Unavailable = true;
        foreach (string act in (string[])["one", "unfit", "two", "unfit", "three"])
            await Log.RecordAsync(Act(act));
        _kept.Unavailable = false;
        Assert.Null(await Log.AdmitAsync());
        List<JsonElement> entries = await EntriesAsync();
        Assert.Equal(["one", "replaceEntry", "two", "replaceEntry", "three"], entries.Select(e => Text(e, "act")));
        Assert.Equal(("gateway", "an entry by service that the log cannot hold"), (Text(entries[1], "by"), Text(entries[1], "detail")));
        Assert.Equal(2, replaced);
    }

    [Fact]
    public async Task An_entry_that_makes_no_line_gives_its_place_to_one_that_says_so()
    {
        _kept.Unavailable = true;
        foreach (string? act in (string?[])["one", null, "two"])
            await Log.RecordAsync(Act(act!));
        _kept.Unavailable = false;
        Assert.Null(await Log.AdmitAsync());
        Assert.Equal(["one", "replaceEntry", "two"], (await EntriesAsync()).Select(e => Text(e, "act")));
    }

    [Fact]
    public async Task A_log_that_takes_nothing_at_all_is_tried_again_and_what_waits_is_not_replaced()
    {
        _kept.Unfit = static _ => true;
        Assert.Equal(RefusalKind.Unavailable, (await Log.RecordAsync(Act("first")))?.Kind);
        await Log.RecordAsync(Act("second"));
        Assert.Equal(RefusalKind.Unavailable, (await Log.AdmitAsync())?.Kind);
        _kept.Unfit = null;
        Assert.Null(await Log.AdmitAsync());
        Assert.Equal(["replaceEntry", "second"], (await EntriesAsync()).Select(e => Text(e, "act")));
    }

    [Fact]
    public async Task Why_the_log_cannot_be_written_is_said_once_in_a_minute()
    {
        using var said = new CountingLogs();
        using var gateway = new Gateway(_store, new GatewayLimits(), _time, said);
        _kept.Unavailable = true;
        await gateway.Audit.RecordAsync(Act("act"));
        for (int i = 0; i < 10; i++)
            Assert.Equal(RefusalKind.Unavailable, (await gateway.Audit.FlushAsync())?.Kind);
        Assert.Single(said.Seen, static message => message.Id == 1030);
        _time.Advance(60_000);
        await gateway.Audit.FlushAsync();
        Assert.Equal(2, said.Seen.Count(static message => message.Id == 1030));
    }

    [Fact]
    public async Task Refusals_that_repeat_are_told_together_when_their_window_ends()
    {
        for (int i = 0; i < 100; i++)
            Log.Refused(Refused("readEvents"));
        Assert.Single(await EntriesAsync());
        _time.Advance(60_000);
        await _gateway.Maintenance.RunOnceAsync();
        JsonElement folded = (await EntriesAsync())[1];
        Assert.Equal(("readEvents", "forbidden", 99), (Text(folded, "act"), Text(folded, "result"), folded.GetProperty("count").GetInt32()));
        Assert.Equal("2026-01-01T12:00:00.000Z", Text(folded, "since"));
    }

    [Fact]
    public async Task What_was_counted_is_told_when_the_gateway_stops()
    {
        using var stop = new CancellationTokenSource();
        Task running = _gateway.Maintenance.RunAsync(stop.Token);
        for (int i = 0; i < 5; i++)
            Log.Refused(Refused("readEvents"));
        await stop.CancelAsync();
        await running;
        Assert.Equal(2, (await EntriesAsync()).Count);
    }

    [Fact]
    public async Task Texts_that_are_too_long_are_cut()
    {
        await Log.RecordAsync(Act("long") with { Target = new string('x', 10_000) });
        Assert.Equal(AuditEntry.MaxTextLength, Text(Assert.Single(await EntriesAsync()), "target")!.Length);
    }

    [Fact]
    public async Task Texts_are_cut_between_characters()
    {
        string text = new('x', AuditEntry.MaxTextLength - 1);
        Assert.Null(await Log.RecordAsync(Act("cut") with { Target = text + "\U0001F69A", Detail = text + "\U0001F69A" }));
        JsonElement entry = Assert.Single(await EntriesAsync());
        Assert.Equal(("cut", text, text), (Text(entry, "act"), Text(entry, "target"), Text(entry, "detail")));
    }

    public async ValueTask DisposeAsync()
    {
        _gateway.Dispose();
        await _store.DisposeAsync();
    }

    private static AuditEntry Act(string act) => new() { Act = act, By = s_admin };

    private static AuditEntry Refused(string act) => Act(act) with { Refusal = RefusalKind.Forbidden };

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private Gateway Open() => new(_store, new GatewayLimits(), _time, NullLoggerFactory.Instance);

    private async Task<List<JsonElement>> EntriesAsync() =>
        [.. TestGateway.Ok(await Log.ReadAsync(0, AuditLog.MaxPage)).Records.Select(r => JsonElement.Parse(Encoding.UTF8.GetString(r.Line.Span)))];
}
