using System.Security.Cryptography;
using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Refusals;
using Restante.Heads.Amqp.Messages;
using Restante.Heads.Amqp.Requests;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Heads.Amqp.Tests.Fuzzing;

/// <summary>
/// Requests, and what senders wish of the gateway, with faults: understood, or refused as malformed; never an exception that would be a
/// fault of our own.
/// </summary>
public sealed class MessageFuzzTests
{
    // As requests are decoded.
    private static readonly DecodeLimits s_limits = new(MaxDepth: 16, MaxValues: 16_384);

    internal static readonly byte[][] Examples =
    [
        Message(AmqpMessage.FromData("body"u8.ToArray(), "more"u8.ToArray())),
        Message(AmqpMessage.FromValue("text")),
        Message(AmqpMessage.FromValue(new byte[] { 1, 2 })),
        Message(AmqpMessage.FromSequence([1, "two", new AmqpMap { ["a"] = 1.5 }])),
        Message(AmqpMessage.FromValue(Wish())),
        Message(AmqpMessage.FromValue("""{"status":"enabled","tags":{"a":[1,{"b":"é"}]},"groups":["g"],"gateway":null}""")),
        Message(AmqpMessage.FromData("""{"tags":{"a":"\ud83d\ude9a","b":1e300},"primary-key":"AAAA"}"""u8.ToArray())),
    ];

    private static readonly string[] s_words =
        ["null", "{}", "[", "]", "{\"a\":", "}", "\\ud800", "\\u0000", "1e999", "\"a\":1,", "\"\":0,", "-", "\uFEFF", "\"tags\":",
            "\"groups\":", "é"];

    [Fact]
    public void Wishes_are_read_or_refused() => FuzzRounds.Run(FuzzRounds.Of(5_000), random => Damage.Bytes(random, Examples), bytes =>
    {
        foreach (string name in (ReadOnlySpan<string>)["ttl", "at", "flag", "text"])
        {
            IsTaken(() => new MessageWishes(new MessageReader(bytes)).Text(Encoding.UTF8.GetBytes(name)));
            IsTaken(() => new MessageWishes(new MessageReader(bytes)).Number(Encoding.UTF8.GetBytes(name)));
            IsTaken(() => new MessageWishes(new MessageReader(bytes)).Time(Encoding.UTF8.GetBytes(name)));
            IsTaken(() => new MessageWishes(new MessageReader(bytes)).Flag(Encoding.UTF8.GetBytes(name)));
        }
    });

    [Fact]
    public void Requests_are_read_or_refused() => FuzzRounds.Run(FuzzRounds.Of(5_000), random => Damage.Bytes(random, Examples), bytes =>
    {
        Request? request = null;
        if (!IsTaken(() => request = new Request(AmqpMessage.Decode(bytes, s_limits))))
            return;
        Check(DeviceWish.Read(request!));
        Result<long?> number = request!.Number("ttl");
        Assert.True(number.IsSuccess || number.Refusal.Kind == RefusalKind.Malformed);
        _ = request.Text("at");
        if (!request.Utf8.IsEmpty && JsonMaps.TryRead(request.Utf8, out object? read) && read is AmqpMap map)
            JsonMaps.Write(map);
    });

    [Fact]
    public void Json_becomes_a_map_and_json_again_or_is_refused() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Text(random, """{"tags":{"a":"\ud83d\ude9a","b":[1,-2.5,null,true,{}]},"groups":["x","y"],"c":1e300}""", s_words),
        text =>
        {
            byte[] json = Encoding.UTF8.GetBytes(text);
            if (JsonMaps.TryRead(json, out object? read) && read is AmqpMap map)
            {
                string written = JsonMaps.Write(map);
                Assert.True(JsonMaps.TryRead(Encoding.UTF8.GetBytes(written), out object? again));
                Assert.Equal(written, JsonMaps.Write((AmqpMap)again!));
            }

            Check(DeviceWish.Read(new Request(AmqpMessage.FromData(json))));
        });

    private static void Check(Result<DeviceWish> wish)
    {
        if (!wish.IsSuccess)
            Assert.Equal(RefusalKind.Malformed, wish.Refusal.Kind);
        else if (wish.Value.Update.Tags is string tags)
            Core.Devices.DeviceTags.Fault(tags, 4_096);
    }

    // The two that an intake turns into a rejection.
    private static bool IsTaken(Action take)
    {
        try
        {
            take();
            return true;
        }
        catch (Exception refused) when (refused is AmqpViolationException or FormatException)
        {
            return false;
        }
    }

    private static byte[] Message(AmqpMessage message)
    {
        message.MessageAnnotations = new AmqpMap
        {
            [new Symbol("x-opt-restante-ttl")] = 5,
            [new Symbol("x-opt-restante-at")] = new AmqpTimestamp(1)
        };
        message.Properties = new MessageProperties
        {
            MessageId = Guid.Empty,
            CorrelationId = 7ul,
            Subject = "s",
            ReplyTo = "r",
            UserId = "u"u8.ToArray()
        };
        message.ApplicationProperties = new AmqpMap
        {
            ["ttl"] = "10",
            ["at"] = "2026-01-01T00:00:00Z",
            ["flag"] = true,
            ["text"] = new Symbol("x"),
            ["number"] = 1.5,
            ["char"] = new Rune('c'),
            ["nothing"] = null,
            ["uuid"] = Guid.Empty,
        };
        return message.Encode();
    }

    private static AmqpMap Wish() => new()
    {
        ["status"] = "disabled",
        ["tags"] = new AmqpMap
        {
            ["a"] = 1,
            ["b"] = new AmqpMap { ["c"] = new List<object?> { 1ul, -1.5f, double.NaN, new Rune(0x1F600), new AmqpTimestamp(7) } },
            [7] = new byte[] { 1 },
        },
        ["groups"] = new List<object?> { "g" },
        ["gateway"] = "truck-17",
        ["primary-key"] = Convert.ToBase64String(SHA256.HashData([1])),
    };
}
