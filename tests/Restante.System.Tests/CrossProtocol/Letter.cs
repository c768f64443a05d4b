using System.Globalization;
using System.Text;
using Restante.Amqp.Types;

namespace Restante.System.Tests.CrossProtocol;

/// <summary>What a sender puts into a message and a receiver finds in it, in words that all protocols share.</summary>
internal sealed record Letter
{
    /// <summary>The body of <see cref="Plain"/>.</summary>
    public const string Text = """{"open":"dør 2","at":[1,2.5]}""";

    /// <summary>Its body.</summary>
    public required byte[] Body { get; init; }

    /// <summary>The media type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>How the body is packed.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>What it belongs to: text, or bytes.</summary>
    public object? CorrelationId { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>The sender's own id of it.</summary>
    public string? MessageId { get; init; }

    /// <summary>The properties of the application, with their types where the protocol has any.</summary>
    public IReadOnlyDictionary<string, object?> Properties { get; init; } = new Dictionary<string, object?>();

    /// <summary>Text with a property of every type.</summary>
    public static Letter Plain(string messageId) => new()
    {
        Body = Encoding.UTF8.GetBytes(Text),
        ContentType = "application/json",
        CorrelationId = "order 4711/ü",
        Subject = "open & close",
        MessageId = messageId,
        Properties = new Dictionary<string, object?>
        {
            ["whole"] = -17,
            ["large"] = 1_099_511_627_776L,
            ["unsigned"] = 4_000_000_000u,
            ["flag"] = true,
            ["ratio"] = 2.5,
            ["single"] = 0.25f,
            ["bytes"] = new byte[] { 0, 1, 0xfe, 0xff },
            ["unique"] = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
            ["due"] = new AmqpTimestamp(1_795_000_000_000),
            ["text"] = "Grüße & =?/+% 😀",
            ["empty"] = string.Empty,
        },
    };

    /// <summary>Bytes that are no text, packed, belonging to what is named by bytes.</summary>
    public static Letter Packed(string messageId) => new()
    {
        Body = [.. Enumerable.Range(0, 256).Select(static n => (byte)n)],
        ContentType = "application/octet-stream",
        ContentEncoding = "deflate",
        CorrelationId = new byte[] { 0, 0x80, 0xff },
        MessageId = messageId,
    };

    /// <summary>The text that stands for a value where there are no types.</summary>
    public static string TextOf(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        byte[] bytes => Convert.ToBase64String(bytes),
        AmqpTimestamp time => time.UnixMilliseconds.ToString(CultureInfo.InvariantCulture),
        Guid id => id.ToString("D"),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>What a protocol sends of it: only AMQP has types, and only AMQP and MQTT 5 have ids that are bytes.</summary>
    public Letter SentBy(Dialect dialect) => dialect switch
    {
        Dialect.Amqp => this,
        Dialect.Mqtt5 => this with { Properties = Texts() },
        _ => this with { Properties = Texts(), CorrelationId = TextOf(CorrelationId) },
    };

    /// <summary>What a receiver sees of it by a protocol; in MQTT 5 correlation data are bytes.</summary>
    public Letter SeenBy(Dialect dialect) => dialect == Dialect.Mqtt5
        ? this with { Properties = Texts(), CorrelationId = CorrelationId is string text ? Encoding.UTF8.GetBytes(text) : CorrelationId }
        : SentBy(dialect);

    /// <summary>Fails unless it came as it ought to.</summary>
    public static void AssertSame(Letter expected, Letter arrived)
    {
        Assert.Equal(expected.Body, arrived.Body);
        Assert.Equal(expected.ContentType, arrived.ContentType);
        Assert.Equal(expected.ContentEncoding, arrived.ContentEncoding);
        Assert.Equal(expected.CorrelationId, arrived.CorrelationId);
        Assert.Equal(expected.Subject, arrived.Subject);
        Assert.Equal(expected.MessageId, arrived.MessageId);
        Assert.Equal(Names(expected), Names(arrived));
        Assert.All(Names(expected), name => Assert.Equal(expected.Properties[name], arrived.Properties[name]));
    }

    /// <summary>It, without properties that are the gateway's.</summary>
    public Letter Without(params string[] names) =>
        this with { Properties = Properties.Where(p => !names.Contains(p.Key)).ToDictionary() };

    private static IEnumerable<string> Names(Letter letter) => letter.Properties.Keys.Order(StringComparer.Ordinal);

    private Dictionary<string, object?> Texts() => Properties.ToDictionary(static p => p.Key, static p => (object?)TextOf(p.Value));
}
