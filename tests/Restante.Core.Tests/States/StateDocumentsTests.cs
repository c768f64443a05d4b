using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.States;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.States;

public sealed class StateDocumentsTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits { MaxStateBytes = 256, MaxStateDepth = 3 });

    private StateDocuments States => _test.Gateway.States;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Services_write_desired_and_the_device_reported_each_with_its_version()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        StateDocument fresh = Ok(await States.GetAsync(record));
        Assert.Equal((0, "{}", 0, "{}", "{}"), Shown(fresh));
        Assert.Equal(1, Ok(await States.PatchDesiredAsync(record, Json("""{ "rate": 5, "text": "ü<" }"""))).Version);
        _test.Time.Advance(7);
        StateContent reported = Ok(await States.PutReportedAsync(device, Json("""{"rate":1}""")));
        Assert.Equal((1, _test.NowMs, """{"rate":1}"""), (reported.Version, reported.ChangedAtMs, Text(reported)));
        Assert.Equal((1, """{"rate":5,"text":"ü<"}""", 1, """{"rate":1}""", "{}"), Shown(Ok(await States.GetAsync(record))));
        StateDocument own = Ok(await States.GetAsync(device));
        Assert.Equal(_test.NowMs - 7, own.Desired.ChangedAtMs);
        Assert.Null(own.Tags);
    }

    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b",null]}""", """{"a":["b",null]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"a":"foo"}""", """{"a":{"b":{"c":null}}}""", """{"a":{"b":{}}}""")]
    [InlineData("""{"e":1}""", """{"n":1e2000,"m":0.10}""", """{"e":1,"n":1e2000,"m":0.10}""")]
    [InlineData("{}", """{"a":{"bb":{"c":null}}}""", """{"a":{"bb":{}}}""")]
    [InlineData("{}", """{"a\u0062":"\"\ud83d\ude00"}""", "{\"ab\":\"\\\"😀\"}")]
    public async Task A_patch_is_a_merge_patch(string before, string patch, string after)
    {
        (DeviceRecord record, _) = await DeviceAsync();
        Ok(await States.PutDesiredAsync(record, Json(before)));
        Ok(await States.PatchDesiredAsync(record, Json(patch)));
        using var expected = System.Text.Json.JsonDocument.Parse(after);
        using var found = System.Text.Json.JsonDocument.Parse(Ok(await States.GetAsync(record)).Desired.Json);
        Assert.True(System.Text.Json.JsonElement.DeepEquals(expected.RootElement, found.RootElement), found.RootElement.GetRawText());
    }

    [Fact]
    public async Task To_put_replaces_and_keeps_no_nulls()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        Ok(await States.PutDesiredAsync(record, Json("""{"a":1,"b":{"c":2}}""")));
        Ok(await States.PutDesiredAsync(record, Json("""{"b":{"d":null,"e":3},"f":null}""")));
        Assert.Equal("""{"b":{"e":3}}""", Text(Ok(await States.GetAsync(device)).Desired));
    }

    [Fact]
    public async Task A_write_of_a_version_that_has_passed_is_refused_and_changes_nothing()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        Ok(await States.PatchDesiredAsync(record, Json("""{"a":1}"""), 0));
        Refused(RefusalKind.Conflict, await States.PatchDesiredAsync(record, Json("""{"a":2}"""), 0));
        Refused(RefusalKind.Conflict, await States.PutDesiredAsync(record, Json("""{"a":1}"""), 2));
        Refused(RefusalKind.Conflict, await States.PatchReportedAsync(device, Json("""{"a":2}"""), 1));
        Assert.Equal((1, """{"a":1}""", 0, "{}", "{}"), Shown(Ok(await States.GetAsync(record))));
    }

    [Fact]
    public async Task What_changes_nothing_keeps_the_version_and_tells_nobody()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        var listener = new Listener();
        States.Listen(device, listener);
        Assert.Equal(0, Ok(await States.PatchDesiredAsync(record, Json("""{"a":null}"""))).Version);
        Assert.Equal(1, Ok(await States.PatchDesiredAsync(record, Json("""{"a":1}"""))).Version);
        Assert.Equal(1, Ok(await States.PatchDesiredAsync(record, Json("""{ "a" : 1 }"""))).Version);
        Assert.Equal([1L], listener.Versions);
    }

    [Fact]
    public async Task Every_listener_of_the_device_is_told_of_desired_and_only_of_that()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        (DeviceRecord otherRecord, DevicePrincipal other) = await DeviceAsync("other");
        Listener[] listeners = [new(), new(), new()];
        States.Listen(device, listeners[0]);
        States.Listen(device, listeners[1]);
        States.Listen(other, listeners[2]);
        Ok(await States.PatchDesiredAsync(record, Json("""{"a":1}""")));
        Ok(await States.PatchReportedAsync(device, Json("""{"a":1}""")));
        States.Forget(device, listeners[0]);
        States.Forget(device, listeners[0]);
        Ok(await States.PutDesiredAsync(record, Json("""{"a":2}""")));
        Refused(RefusalKind.Conflict, await States.PutDesiredAsync(record, Json("""{"a":3}"""), 7));
        Ok(await States.PutDesiredAsync(otherRecord, Json("""{"a":2}""")));
        Assert.Equal([[1L], [1L, 2L], [1L]], listeners.Select(l => l.Versions.ToArray()));
        States.Forget(device, listeners[1]);
        States.Forget(other, listeners[2]);
        Assert.Equal(0, States.Listening);
    }

    [Fact]
    public async Task Writers_at_once_all_get_their_member_in()
    {
        (DeviceRecord record, _) = await DeviceAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(async () => Ok(await States.PatchDesiredAsync(record, Json($$"""{"m{{i}}":1}"""))))));
        StateContent desired = Ok(await States.GetAsync(record)).Desired;
        Assert.Equal(20, desired.Version);
        using var found = System.Text.Json.JsonDocument.Parse(desired.Json);
        Assert.Equal(20, found.RootElement.EnumerateObject().Count());
    }

    [Theory]
    [InlineData("", "not valid JSON at line 1, byte 1")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("null", "must be a JSON object")]
    [InlineData("{\"a\":1,}", "not valid JSON at line 1, byte 8")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": x}", "not valid JSON at line 3, byte 8")]
    [InlineData("{} {}", "not valid JSON at line 1, byte 4")]
    [InlineData("{\"a\":1", "not valid JSON at line 1, byte 7")]
    [InlineData("{\"a\":1,\n\"a\":2}", "the same member twice at line 2, byte 1")]
    [InlineData("{\"a\":{\"b\":{\n \"c\":[]}}}", "deeper than the limit of 3 levels at line 2, byte 6")]
    [InlineData("{\"a\":\"\\ud800\"}", "half of a surrogate pair at line 1, byte 6")]
    [InlineData("{\"\\udc00\":1}", "half of a surrogate pair at line 1, byte 2")]
    public async Task Bad_input_is_refused_with_its_place(string json, string says)
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        Result<StateContent> refused = await States.PatchDesiredAsync(record, Json(json));
        Refused(RefusalKind.Malformed, refused);
        Assert.Contains(says, refused.Refusal!.Message, StringComparison.Ordinal);
        Refused(RefusalKind.Malformed, await States.PutReportedAsync(device, Json(json)));
        Refused(RefusalKind.Malformed, await States.PatchReportedAsync(device, new byte[] { (byte)'{', 0xC0, (byte)'}' }));
        Assert.Equal((0, "{}", 0, "{}", "{}"), Shown(Ok(await States.GetAsync(record))));
    }

    [Fact]
    public async Task Random_bytes_are_refused_or_taken_and_never_more()
    {
        (_, DevicePrincipal device) = await DeviceAsync();
        var random = new Random(7);
        string[] pieces = ["{", "}", "[", "]", "\"a\"", ":", ",", "1", "null", "\\", "\"", "\\ud800", "\n", " ", "e", "ü"];
        for (int i = 0; i < 3_000; i++)
        {
            string text = "{\"a\":" + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)])) + "}";
            Result<StateContent> result = await States.PatchReportedAsync(device, Json(text));
            Assert.True(result.IsSuccess || result.Refusal.Kind == RefusalKind.Malformed, text);
        }
    }

    [Fact]
    public async Task A_part_is_bounded_in_bytes_and_depth()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        Ok(await States.PutDesiredAsync(record, Json($$"""{"a":"{{new string('x', 248)}}"}""")));
        Result<StateContent> large = await States.PutDesiredAsync(record, Json($$"""{"a":"{{new string('x', 249)}}"}"""));
        Refused(RefusalKind.TooLarge, large);
        Assert.Equal("The desired state has 257 bytes; the limit is 256.", large.Refusal!.Message);
        Refused(RefusalKind.TooLarge, await States.PatchDesiredAsync(record, Json("""{"b":1}""")));
        Ok(await States.PatchDesiredAsync(record, Json("""{"a":null,"b":{"c":{}}}""")));
        Refused(RefusalKind.Malformed, await States.PatchReportedAsync(device, Json("""{"b":{"c":{"d":{}}}}""")));
        Assert.Equal("""{"b":{"c":{}}}""", Text(Ok(await States.GetAsync(device)).Desired));
    }

    [Fact]
    public async Task A_removed_device_has_no_document_and_its_successor_an_empty_one()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        Ok(await States.PutDesiredAsync(record, Json("""{"a":1}""")));
        Ok(await _test.Gateway.Devices.RemoveAsync("truck"));
        Refused(RefusalKind.NotFound, await States.GetAsync(record));
        Refused(RefusalKind.NotFound, await States.PatchDesiredAsync(record, Json("""{"a":1}""")));
        Refused(RefusalKind.Unauthorized, await States.GetAsync(device));
        Refused(RefusalKind.Unauthorized, await States.PatchReportedAsync(device, Json("""{"a":1}""")));
        (DeviceRecord again, _) = await DeviceAsync();
        Assert.Equal((0, "{}", 0, "{}", "{}"), Shown(Ok(await States.GetAsync(again))));
        Refused(RefusalKind.NotFound, await States.GetAsync(record));
    }

    [Fact]
    public async Task A_store_that_takes_nothing_is_a_refusal_and_no_change()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        var listener = new Listener();
        States.Listen(device, listener);
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await States.PatchDesiredAsync(record, Json("""{"a":1}""")));
        Refused(RefusalKind.Unavailable, await States.PutReportedAsync(device, Json("""{"a":1}""")));
        _test.Memory.Unavailable = false;
        Assert.Empty(listener.Versions);
        Assert.Equal((0, "{}", 0, "{}", "{}"), Shown(Ok(await States.GetAsync(record))));
    }

    [Fact]
    public async Task A_device_that_comes_back_sees_by_the_version_what_it_missed()
    {
        (DeviceRecord record, DevicePrincipal device) = await DeviceAsync();
        long seen = Ok(await States.PatchDesiredAsync(record, Json("""{"a":1}"""))).Version;
        Ok(await States.PatchDesiredAsync(record, Json("""{"a":2}""")));
        using Gateway reopened = _test.Reopen();
        var listener = new Listener();
        reopened.States.Listen(device, listener);
        StateContent desired = Ok(await reopened.States.GetAsync(device)).Desired;
        Assert.True(desired.Version > seen);
        Assert.Equal("""{"a":2}""", Text(desired));
        Ok(await reopened.States.PatchDesiredAsync(record, Json("""{"a":3}""")));
        Assert.Equal([3L], listener.Versions);
    }

    [Fact]
    public async Task Who_is_always_too_late_is_told_so_in_the_end()
    {
        (DeviceRecord record, _) = await DeviceAsync();
        var store = new RestlessStates(_test.Memory.States);
        var states = new StateDocuments(store, _test.Gateway.Limits, _test.Time, _test.Gateway.Quotas);
        Refused(RefusalKind.Throttled, await states.PatchDesiredAsync(record, Json("""{"mine":1}""")));
        Assert.Equal(32, store.Writes);
        Assert.DoesNotContain("mine", Text(Ok(await States.GetAsync(record)).Desired), StringComparison.Ordinal);
    }

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(StateContent content) => Encoding.UTF8.GetString(content.Json.Span);

    private static (long, string, long, string, string?) Shown(StateDocument document) =>
        (document.Desired.Version, Text(document.Desired), document.Reported.Version, Text(document.Reported), document.Tags);

    private async Task<(DeviceRecord Record, DevicePrincipal Principal)> DeviceAsync(string id = "truck")
    {
        DeviceRecord record = Ok(await _test.Gateway.Devices.CreateAsync(id));
        return (record, Principal(record));
    }

    // Another writer is always quicker.
    private sealed class RestlessStates(IStateStore inner) : IStateStore
    {
        public int Writes { get; private set; }

        public ValueTask<StoredState?> ReadAsync(DeviceNumber device) => inner.ReadAsync(device);

        public async ValueTask<StateWriteResult> WriteAsync(
            DeviceNumber device, StatePart part, ReadOnlyMemory<byte> json, long? ifVersion, long nowMs)
        {
            await inner.WriteAsync(device, part, Json($$"""{"other":{{++Writes}}}"""), null, nowMs);
            return await inner.WriteAsync(device, part, json, ifVersion, nowMs);
        }
    }

    private sealed class Listener : IStateListener
    {
        public List<long> Versions { get; } = [];

        public void OnDesiredChanged(long version) => Versions.Add(version);
    }

    [Fact]
    public async Task What_a_device_asks_for_is_in_its_quota_and_what_it_is_told_is_not()
    {
        await using var test = new TestGateway(
            new GatewayLimits { MaxMessagesPerSecondPerDevice = 2, MaxBytesPerSecondPerDevice = 1_000, QuotaBurstMs = 1_000 });
        DeviceRecord record = Ok(await test.Gateway.Devices.CreateAsync("truck"));
        var device = new DevicePrincipal(record.Id, record.Number, CredentialSlot.Primary, long.MaxValue);
        StateDocuments states = test.Gateway.States;
        for (int i = 0; i < 5; i++)
            Ok(await states.GetNewsAsync(device));
        Ok(await states.GetAsync(device));
        Ok(await states.GetAsync(device));
        Refused(RefusalKind.Throttled, await states.GetAsync(device));

        test.Time.Advance(1_000);
        Ok(await states.PatchDesiredAsync(record, Json($"{{\"text\":\"{new string('x', 3_000)}\"}}")));
        Ok(await states.GetAsync(device)); // It goes into debt by three seconds.
        test.Time.Advance(1_000);
        Refused(RefusalKind.Throttled, await states.GetAsync(device));
        Ok(await states.GetNewsAsync(device));
        test.Time.Advance(3_000);
        Ok(await states.GetAsync(device));
    }
}
