using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>What a message is made of comes out as it went in, types and all, by telemetry and by commands.</summary>
public sealed class ContentTests
{
    private static readonly Guid s_uuid = new("11223344-5566-7788-99aa-bbccddeeff00");

    private static AmqpMap AllTypes() => new()
    {
        ["null"] = null,
        ["true"] = true,
        ["false"] = false,
        ["ubyte"] = byte.MaxValue,
        ["ushort"] = ushort.MaxValue,
        ["uint"] = uint.MaxValue,
        ["uint-small"] = 7u,
        ["uint-0"] = 0u,
        ["ulong"] = ulong.MaxValue,
        ["ulong-small"] = 7ul,
        ["ulong-0"] = 0ul,
        ["byte"] = sbyte.MinValue,
        ["short"] = short.MinValue,
        ["int"] = int.MinValue,
        ["int-small"] = -7,
        ["long"] = long.MinValue,
        ["long-small"] = -7L,
        ["float"] = -1.5f,
        ["double"] = double.Epsilon,
        ["char"] = new Rune(0x1F600),
        ["timestamp"] = new AmqpTimestamp(-1),
        ["uuid"] = s_uuid,
        ["binary"] = new byte[] { 0, 1, 255 },
        ["string"] = "gr\u00fc\u00dfe \ud83d\ude00",
        ["string-empty"] = "",
        ["symbol"] = new Symbol("a-symbol"),
        ["decimal32"] = new AmqpDecimal32(0x12345678),
        ["decimal64"] = new AmqpDecimal64(0x123456789ABCDEF0),
        ["decimal128"] = new AmqpDecimal128(0x123456789ABCDEF0, 0x0FEDCBA987654321),
    };

    private static MessageProperties AllProperties(object id, object correlation) => new()
    {
        MessageId = id,
        UserId = "me"u8.ToArray(),
        To = "truck",
        Subject = "subject",
        ReplyTo = "back",
        CorrelationId = correlation,
        ContentType = "text/plain",
        ContentEncoding = "gzip",
        CreationTime = new AmqpTimestamp(1_700_000_000_123),
        GroupId = "group",
        GroupSequence = 4_000_000_000,
        ReplyToGroupId = "back-group",
    };

    public static TheoryData<string> Ids { get; } = ["string", "ulong", "uuid", "binary"];

    public static TheoryData<string> Bodies { get; } =
        ["none", "data", "empty data", "several data", "text", "binary value", "null", "number", "map", "list", "described", "sequences"];

    [Theory]
    [Spec("AMQP-3.2-a")]
    [MemberData(nameof(Ids))]
    public async Task Properties_keep_their_values_and_types(string kind)
    {
        object id = kind switch { "string" => "id-1", "ulong" => 17UL, "uuid" => s_uuid, _ => new byte[] { 1, 2, 3 } };
        AmqpMessage sent = AmqpMessage.FromData("x"u8.ToArray());
        sent.Properties = AllProperties(id, id);
        sent.ApplicationProperties = AllTypes();
        foreach (AmqpMessage got in await BothWaysAsync(sent))
        {
            Assert.Equal(id, got.Properties!.MessageId);
            Assert.Equal(id, got.Properties.CorrelationId);
            Assert.Equal("me"u8.ToArray(), got.Properties.UserId!.Value.ToArray());
            Assert.Equal(
                ("truck", "subject", "back", "group", 4_000_000_000u, "back-group"),
                (got.Properties.To, got.Properties.Subject, got.Properties.ReplyTo, got.Properties.GroupId, got.Properties.GroupSequence!.Value,
                    got.Properties.ReplyToGroupId));
            Assert.Equal((new Symbol("text/plain"), new Symbol("gzip")), (got.Properties.ContentType, got.Properties.ContentEncoding));
            Assert.Equal(1_700_000_000_123, got.Properties.CreationTime!.Value.UnixMilliseconds);
            AmqpMap expected = AllTypes();
            Assert.Equal(expected.Select(e => e.Key), got.ApplicationProperties!.Select(e => e.Key));
            foreach (KeyValuePair<object, object?> entry in expected)
            {
                object? value = got.ApplicationProperties![entry.Key];
                Assert.Equal(entry.Value?.GetType(), value?.GetType());
                Assert.Equal(entry.Value, value);
            }
        }
    }

    [Theory]
    [Spec("AMQP-3.2-a")]
    [MemberData(nameof(Bodies))]
    public async Task Bodies_keep_their_form(string kind)
    {
        AmqpMessage sent = Body(kind);
        foreach (AmqpMessage got in await BothWaysAsync(sent))
        {
            if (kind is "none" or "several data")
            {
                // A body of no or of several data sections is one data section with the same bytes.
                Assert.Equal(BodyKind.Data, got.BodyKind);
                Assert.Equal(sent.Data.ToArray(), got.Data.ToArray());
                continue;
            }

            Assert.Equal(sent.BodyKind, got.BodyKind);
            Assert.Equal(Bodiless(sent), Bodiless(got));
        }
    }

    [Fact]
    public async Task A_message_without_an_id_is_named_by_the_gateway()
    {
        await using var house = new House();
        Sequence sequence = await house.SendAsync("x");
        Peer device = await house.ConnectAsync();
        Mail mail = await (await device.ReceiverAsync("mailbox", 1)).MailAsync();
        Assert.Equal(sequence.ToString(), mail.Message.Properties!.MessageId);
        Assert.Equal(sequence.Value, mail.Annotation("x-opt-sequence-number"));
        Assert.Equal($"{sequence}-1", mail.Lease);
        Assert.Equal(mail.Lease, mail.Tag);
        Assert.Equal("command", mail.Annotation("x-opt-restante-kind"));
        Assert.IsType<AmqpTimestamp>(mail.Annotation("x-opt-enqueued-time"));
        Assert.IsType<AmqpTimestamp>(mail.Annotation("x-opt-locked-until"));
        Assert.True(mail.Message.Header!.Value.Durable);
        Assert.NotNull(mail.Message.Header.Value.TtlMs);
        Assert.NotNull(mail.Message.Properties.AbsoluteExpiryTime);
    }

    [Fact]
    [Spec("AMQP-3.2.2-a", "AMQP-3.2.10-a")]
    public async Task Annotations_and_footers_of_a_sender_stop_at_the_gateway()
    {
        AmqpMessage sent = AmqpMessage.FromData("x"u8.ToArray());
        sent.DeliveryAnnotations = new() { [new Symbol("x-opt-mine")] = 1 };
        sent.MessageAnnotations = new() { [new Symbol("x-opt-mine")] = 1, [new Symbol("x-opt-restante-device")] = "another" };
        sent.Footer = new() { [new Symbol("x-opt-mine")] = 1 };
        foreach (AmqpMessage got in await BothWaysAsync(sent))
        {
            Assert.Null(got.DeliveryAnnotations);
            Assert.Null(got.Footer);
            Assert.Null(got.MessageAnnotations![new Symbol("x-opt-mine")]);
            Assert.NotEqual("another", got.MessageAnnotations[new Symbol("x-opt-restante-device")]);
        }
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(300, false)]
    public async Task The_bound_on_values_is_for_all_sections_of_a_body_together(int sections, bool isTaken)
    {
        await using var house = new House();
        Line telemetry = await (await house.ConnectAsync()).SenderAsync("telemetry");
        List<object?> values = [.. Enumerable.Repeat<object?>(1, 300)];
        DeliveryState? state = await telemetry.SendAsync(AmqpMessage.FromSequence([.. Enumerable.Repeat(values, sections)]));
        if (isTaken)
            Assert.Same(Accepted.Instance, state);
        else
            Assert.Equal("amqp:decode-error", Assert.IsType<Rejected>(state).Error!.Condition.Value);
    }

    private static AmqpMessage Body(string kind) => kind switch
    {
        "none" => new AmqpMessage(),
        "data" => AmqpMessage.FromData(new byte[300]),
        "empty data" => AmqpMessage.FromData(ReadOnlyMemory<byte>.Empty),
        "several data" => AmqpMessage.FromData("one"u8.ToArray(), "two"u8.ToArray()),
        "text" => AmqpMessage.FromValue("gr\u00fc\u00dfe"),
        "binary value" => AmqpMessage.FromValue(new byte[] { 1, 2, 255 }),
        "null" => AmqpMessage.FromValue(null),
        "number" => AmqpMessage.FromValue(-17L),
        "map" => AmqpMessage.FromValue(new AmqpMap { ["a"] = 1, ["b"] = new List<object?> { 1u, "two", null } }),
        "list" => AmqpMessage.FromValue(new List<object?> { 1, new AmqpMap { [new Symbol("k")] = 2.5 }, s_uuid }),
        "described" => AmqpMessage.FromValue(new DescribedValue(new Symbol("my:type"), "x")),
        _ => AmqpMessage.FromSequence([1, 2], ["three"]),
    };

    /// <summary>The encoded body alone.</summary>
    private static byte[] Bodiless(AmqpMessage message) => new MessageReader(message.Encode()).Body.ToArray();

    /// <summary>The message as a service reads it from telemetry, and as a device gets it from its mailbox.</summary>
    private static async Task<AmqpMessage[]> BothWaysAsync(AmqpMessage message)
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Peer service = await house.ServiceAsync(Rights.Send | Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry", 10);
        Line mailbox = await device.ReceiverAsync("mailbox", 10);
        Assert.Same(Accepted.Instance, await (await device.SenderAsync("telemetry")).SendAsync(message));
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("devices/truck")).SendAsync(message));
        return [(await reader.MailAsync()).Message, (await mailbox.MailAsync()).Message];
    }
}
