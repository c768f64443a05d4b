using System.Text;
using Restante.System.Tests.Processes;
using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>
/// What breaks AMQP costs a message, a link, a session or the connection, whichever is the narrowest, and is told with its condition.
/// </summary>
[Collection("abuse")]
public sealed class AmqpViolationTests(AbuseFixture fixture)
{
    private const string FramingError = "amqp:connection:framing-error";
    private const string DecodeError = "amqp:decode-error";
    private const string NotAllowed = "amqp:not-allowed";
    private const string IllegalState = "amqp:illegal-state";
    private const string InvalidField = "amqp:invalid-field";
    private const string ResourceLimit = "amqp:resource-limit-exceeded";

    // Sent on a connection with a session on channel 0 and a link to telemetry on handle 0.
    private static readonly Dictionary<string, (byte[] Bytes, string Condition)> s_closing = new()
    {
        ["a frame of two gigabytes"] = (Header(0x7fff_ffff, 0, 2, 0), FramingError),
        ["a frame of four gigabytes"] = (Header(0xffff_ffff, 0, 2, 0), FramingError),
        ["a frame one byte larger than negotiated"] = (Header(65_537, 0, 2, 0), FramingError),
        ["a frame smaller than its header"] = (Header(7, 0, 2, 0), FramingError),
        ["an offset into the header"] = (Frame(0, 1, 0, new byte[8]), FramingError),
        ["an offset behind the frame"] = (Frame(0, 9, 0, new byte[8]), FramingError),
        ["a frame type that does not exist"] = (Frame(7, 2, 0, []), FramingError),
        ["a SASL frame after SASL"] = (SaslFrame(Performative(SaslInit, Symbol("PLAIN"), Binary(0))), FramingError),
        ["a channel above the maximum"] = (BeginFrame(16), FramingError),
        ["a handle above the maximum"] = (SenderFrame(0, "far", 64, "telemetry"), FramingError),
        ["an unknown performative"] = (Frame(0, Performative(0x77)), DecodeError),
        ["a body that is no performative"] = (Frame(0, Null), DecodeError),
        ["a body that is no encoding"] = (Frame(0, [0x00, 0x53, Attach, 0xff]), DecodeError),
        ["a performative that is cut off"] = (Frame(0, Performative(Attach, Text("cut"))[..^2]), DecodeError),
        ["a list of four billion fields"] = (Frame(0, [0x00, 0x53, Attach], Compound(0xd0, 0xffff_ffff, [0x40])), DecodeError),
        ["a text of two gigabytes"] = (Frame(0, [0x00, 0x53, Attach], List([0xb1, 0x7f, 0xff, 0xff, 0xff, 0x41])), DecodeError),
        ["an array of four billion empty items"] = (
            SenderFrame(0, "a", 1, "telemetry", Null, Compound(0xf0, 0xffff_ffff, [0x45])), DecodeError),
        ["a map with half an entry"] = (SenderFrame(0, "m", 1, "telemetry", Null, Null, Map(Symbol("a"))), DecodeError),
        ["properties nested a thousand deep"] = (
            SenderFrame(0, "n", 1, "telemetry", Null, Null, Map(Symbol("a"), Nested(1_000))), DecodeError),
        ["a map of ten thousand entries"] = (
            SenderFrame(0, "w", 1, "telemetry", Null, Null, Map([.. Enumerable.Range(0, 20_000).Select(static _ => Null)])), DecodeError),
        ["a second open"] = (AmqpBytes.OpenFrame(), IllegalState),
        ["a begin on a channel in use"] = (BeginFrame(0), NotAllowed),
        ["an attach before begin"] = (SenderFrame(3, "early", 0, "telemetry"), NotAllowed),
        ["a transfer before begin"] = (TransferFrame(3, 0, 0, Message([1])), NotAllowed),
        ["an end of no session"] = (Frame(3, Performative(End)), NotAllowed),
    };

    private static readonly Dictionary<string, (byte[] Bytes, string Condition)> s_ending = new()
    {
        ["a transfer before attach"] = (TransferFrame(0, 7, 0, Message([1])), "amqp:session:unattached-handle"),
        ["a flow for no link"] = (FlowFrame(0, 7, 10), "amqp:session:unattached-handle"),
        ["a detach of no link"] = (DetachFrame(0, 7), "amqp:session:unattached-handle"),
        ["an attach to a handle in use"] = (SenderFrame(0, "twice", 0, "telemetry"), "amqp:session:handle-in-use"),
        ["a link without a name"] = (SenderFrame(0, "", 1, "telemetry"), ResourceLimit),
        ["a link name of 300 bytes"] = (SenderFrame(0, new string('n', 300), 1, "telemetry"), ResourceLimit),
        ["a disposition that runs backwards"] = (DispositionFrame(0, asReceiver: true, 5, 4, settled: true), InvalidField),
        ["a disposition over half of all numbers and one"] = (DispositionFrame(0, asReceiver: true, 0, 0xffff_ffff, settled: true), InvalidField),
        ["a delivery number used twice"] = (
            Join(TransferFrame(0, 0, 0, Message([1])), TransferFrame(0, 0, 0, Message([2]))), InvalidField),
    };

    private static readonly Dictionary<string, (byte[] Bytes, string Condition, uint Used)> s_detaching = new()
    {
        // More than the credit of 200 in one piece, so that none is given anew in between.
        ["transfers without credit"] = (
            Times(202, static n => TransferFrame(0, 0, (uint)n, Message([1]))), "amqp:link:transfer-limit-exceeded", 202),
        ["a message above the limit"] = (
            Join(
                TransferFrame(0, 0, 0, Message(new byte[60_000]), more: true),
                Times(4, static _ => ContinuationFrame(0, 0, new byte[60_000], more: true))),
            "amqp:link:message-size-exceeded",
            1),
        ["a delivery without a number"] = (Frame(0, Performative(Transfer, UInt(0)), Message([1])), InvalidField, 0),
        ["a tag of 33 bytes"] = (
            Frame(0, Performative(Transfer, UInt(0), UInt(0), Binary(new byte[33])), Message([1])), InvalidField, 1),
        ["a delivery inside another"] = (
            Join(TransferFrame(0, 0, 0, Message([1]), more: true), TransferFrame(0, 0, 1, Message([1]))), InvalidField, 2),
    };

    public static TheoryData<string> Closing => [.. s_closing.Keys];

    public static TheoryData<string> Ending => [.. s_ending.Keys];

    public static TheoryData<string> Detaching => [.. s_detaching.Keys];

    [Theory]
    [MemberData(nameof(Closing))]
    public Task It_costs_the_connection(string what) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await WithLinkAsync();
        await script.SendAsync(s_closing[what].Bytes);
        await script.ExpectCloseAsync(s_closing[what].Condition);
    });

    [Theory]
    [MemberData(nameof(Ending))]
    public Task It_costs_the_session(string what) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await WithLinkAsync();
        await script.SendAsync(s_ending[what].Bytes);
        await script.ExpectEndAsync(s_ending[what].Condition);
    });

    [Theory]
    [MemberData(nameof(Detaching))]
    public Task It_costs_the_link(string what) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await WithLinkAsync();
        await script.SendAsync(s_detaching[what].Bytes);
        await script.ExpectDetachAsync(s_detaching[what].Condition, s_detaching[what].Used);
    });

    [Fact]
    public Task A_bad_message_costs_the_message() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await WithLinkAsync();
        byte[][] bad = [[0xff], [0x00, 0x53, 0x75, 0xb0, 0x7f, 0xff, 0xff, 0xff], [0x00, 0x53, 0x74, .. Map(Symbol("a"))], Message([])[..3]];
        for (uint i = 0; i < bad.Length; i++)
        {
            await script.SendAsync(TransferFrame(0, 0, i, bad[i]));
            AmqpAnswer answer = await script.UntilAsync(Disposition);
            Assert.Equal(i, (uint)answer[1]!);
            Assert.Equal(DecodeError, AmqpAnswer.ConditionOf(answer[4]));
        }

        await script.ProveLinkAsync(0, (uint)bad.Length);
    });

    [Theory]
    [InlineData("a container-id of 300 characters", DecodeError)]
    [InlineData("no container-id", DecodeError)]
    [InlineData("deep properties", DecodeError)]
    [InlineData("an array of four billion", DecodeError)]
    [InlineData("a heartbeat every millisecond", NotAllowed)]
    [InlineData("a begin before open", IllegalState)]
    public Task A_bad_open_is_answered_with_close(string what, string condition) => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        await using AmqpScript script = await AmqpScript.AuthenticatedAsync(fixture.Gateway, id, key);
        byte[] open = what switch
        {
            "a container-id of 300 characters" => AmqpBytes.OpenFrame(new string('c', 300)),
            "no container-id" => Frame(0, Performative(Open)),
            "deep properties" => AmqpBytes.OpenFrame("deep", 0, Null, Null, Null, Null, Map(Symbol("a"), Nested(1_000))),
            "an array of four billion" => AmqpBytes.OpenFrame("wide", 0, Null, Null, Compound(0xf0, 0xffff_ffff, [0x45])),
            "a heartbeat every millisecond" => AmqpBytes.OpenFrame("fast", 1),
            _ => BeginFrame(0),
        };
        await script.SendAsync(AmqpHeader, open);
        Assert.Equal(AmqpHeader, await script.Wire.ReadAsync(8));
        await script.ExpectCloseAsync(condition);
    });

    [Fact]
    public Task Every_failed_authentication_looks_the_same() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        (string disabled, string disabledKey) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        using HttpResponseMessage done = await fixture.Gateway.Http.PatchAsync($"/v1/devices/{disabled}", GatewayProcess.Json("""{"status":"disabled"}"""));
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync());
        (string Mechanism, string Response)[] tries =
        [
            ("PLAIN", $"\0{id}\0wrong"),
            ("PLAIN", $"\0{id}\0{disabledKey}"),
            ("PLAIN", $"\0nobody\0{key}"),
            ("PLAIN", $"\0{disabled}\0{disabledKey}"),
            ("PLAIN", $"\0policy/admin\0{key}"),
            ("PLAIN", "no separators"),
            ("PLAIN", ""),
            ("PLAIN", "\0\0"),
            ("PLAIN", $"\0{id}\0SharedAccessSignature sr=devices%2F{id}&sig=AAAA&se=99999999999"),
            ("EXTERNAL", ""),
            ("SCRAM-SHA-256", "n,,n=user,r=nonce"),
        ];
        foreach ((string mechanism, string response) in tries)
        {
            await using AmqpScript script = await AmqpScript.SaslAsync(fixture.Gateway);
            await script.Wire.SendAsync(SaslFrame(Performative(SaslInit, Symbol(mechanism), Binary(Encoding.UTF8.GetBytes(response)))));
            // A frame of one code and nothing after it, whatever was wrong.
            Assert.Equal("0000001002010000005344C003015001", Convert.ToHexString(await script.Wire.ReadToEndAsync()));
        }
    });

    [Theory]
    [InlineData("a frame of two gigabytes")]
    [InlineData("an AMQP frame")]
    [InlineData("an outcome instead of an init")]
    [InlineData("garbage")]
    public Task A_broken_SASL_exchange_ends_without_a_word(string what) => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await AmqpScript.SaslAsync(fixture.Gateway);
        await script.Wire.SendAsync(what switch
        {
            "a frame of two gigabytes" => Header(0x7fff_ffff, 1, 2, 0),
            "an AMQP frame" => AmqpBytes.OpenFrame(),
            "an outcome instead of an init" => SaslFrame(Performative(SaslOutcome, UByte(0))),
            _ => SaslFrame([0x13, 0x37]),
        });
        Assert.Empty(await script.Wire.ReadToEndAsync());
    });

    private async Task<AmqpScript> WithLinkAsync()
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        AmqpScript script = await AmqpScript.OpenAsync(fixture.Gateway, id, key);
        await script.BeginAsync();
        await script.AttachSenderAsync();
        return script;
    }
}
