using System.Text;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Heads.Mqtt.Tests.Fuzzing;

/// <summary>Topics, filters, property bags and stored sessions with faults: understood or refused, without an exception.</summary>
public sealed class TopicFuzzTests
{
    private static readonly byte[][] s_topics =
    [
        .. new[]
        {
            "telemetry", "telemetry/engine/?ct=application/json&k=v%20w", "telemetry/?a=1&&b", "mailbox/settle/17-2/accept",
            "mailbox/settle/9223372036854775807-2147483647/renew",
            "reports/17/final", "reports/17/?a=b", "inquiries/weather/1/cancel", "inquiries/weather/1/?a=%C3%A9", "state/get",
            "state/reported/?rid=1",
            "devices/truck-17/telemetry/engine", "devices/a/devices/b/telemetry", "devices//mailbox/settle/1-1/reject", "mailbox/#",
            "mailbox/commands/+/+",
            "devices/truck-17/mailbox/#", "devices/+/ended", "devices/a/ended/#", "state/+/#", "will", "$SYS/x", "devices",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void Topics_and_filters_are_understood_or_refused() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Bytes(random, s_topics),
        bytes =>
        {
            foreach (bool takesBag in (ReadOnlySpan<bool>)[true, false])
            {
                Check(bytes, TopicTable.Parse(bytes, takesBag));
                Check(bytes, TopicTable.ParseWill(bytes, takesBag));
            }

            int filter = FilterTable.Find(bytes, out string? child);
            if (filter >= 0)
                Assert.EndsWith(FilterTable.Text(filter), Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
            else
                Assert.NotEmpty(FilterTable.WhyNot(bytes).Message);
            Assert.DoesNotContain('/', child ?? "");
        },
        maxBytes: 64 * 1024);

    [Fact]
    public void What_was_appended_to_a_topic_is_read_from_it() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => (Name: Damage.Text(random, "nameé", ["&", "=", "%", "?", "/", " "]), Value: Damage.Text(random, "va lue", ["&", "=",
            "%41", "\U0001F69A"])),
        pair =>
        {
            // What MQTT text cannot hold does not come from the packets either.
            if (pair.Name.Length == 0 || !IsText(pair.Name) || !IsText(pair.Value))
                return;
            var topic = new StringBuilder("telemetry/");
            PropertyBag.Append(topic, pair.Name, pair.Value);
            PropertyBag.Append(topic, "b", "2");
            byte[] bytes = Encoding.UTF8.GetBytes(topic.ToString());
            PublishTopic parsed = TopicTable.Parse(bytes, takesBag: true);
            Assert.Equal(TopicKind.Telemetry, parsed.Kind);
            var bag = new PropertyBag(parsed.Bag, new byte[bytes.Length]);
            Assert.True(bag.Read());
            Assert.Equal((pair.Name, pair.Value), (Encoding.UTF8.GetString(bag.Name), Encoding.UTF8.GetString(bag.Value)));
            Assert.True(bag.Read());
            Assert.False(bag.Read() || bag.IsMalformed);
        });

    [Fact]
    public void A_stored_session_is_read_or_given_up() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Bytes(random, [SessionRecordForm.Write(Session(random)), SessionRecordForm.Write(Session(random))]),
        bytes =>
        {
            if (SessionRecordForm.Read(bytes) is not SessionRecord read)
                return;
            Assert.InRange(read.HighestQos, MqttQos.AtMostOnce, MqttQos.ExactlyOnce);
            byte[] again = SessionRecordForm.Write(read);
            Assert.Equal(again, SessionRecordForm.Write(SessionRecordForm.Read(again)!));
        });

    [Fact]
    public void A_session_that_was_written_is_read_back() => FuzzRounds.Run(FuzzRounds.Of(2_000), Session, session =>
    {
        byte[] written = SessionRecordForm.Write(session);
        SessionRecord read = SessionRecordForm.Read(written)!;
        Assert.Equal(written, SessionRecordForm.Write(read));
        Assert.Equal(session.Subscriptions.Items, read.Subscriptions.Items);
        Assert.True(session.Unacknowledged.Span.SequenceEqual(read.Unacknowledged.Span));
        Assert.Equal((session.IsUnsettled, session.LastPacketId, session.Children.Count), (read.IsUnsettled, read.LastPacketId,
            read.Children.Count));
        for (int cut = 0; cut < written.Length; cut++)
            Assert.Null(SessionRecordForm.Read(written.AsSpan(0, cut)));
    });

    private static void Check(byte[] bytes, PublishTopic topic)
    {
        Assert.Equal(topic.Kind is TopicKind.Invalid or TopicKind.NotOwn, topic.Problem is not null);
        Assert.True(topic.Kind != TopicKind.Settle || topic.Lease is { Sequence.Value: > 0, DeliveryCount: > 0 });
        Assert.True(topic.Kind != TopicKind.Report || topic.Command.Value > 0);
        var bag = new PropertyBag(topic.Bag, new byte[bytes.Length]);
        while (bag.Read())
            Assert.False(bag.Name.IsEmpty || bag.Name.Contains((byte)0) || bag.Value.Contains((byte)0));
    }

    private static bool IsText(string text) =>
        !text.Contains('\0', StringComparison.Ordinal) && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static SessionRecord Session(Random random) => new()
    {
        Subscriptions = Subscriptions(random),
        IsUnsettled = random.Next(2) == 0,
        LastPacketId = (ushort)random.Next(0x10000),
        Unreleased = Ids(random),
        AwaitingPubComp = Ids(random),
        Unacknowledged = Sent(random),
        Children = [.. Enumerable.Range(0, random.Next(3)).Select(i => new ChildRecord($"child-{i}", Subscriptions(random), Sent(random)))],
    };

    private static SubscriptionSet Subscriptions(Random random)
    {
        var set = new SubscriptionSet([]);
        for (int i = random.Next(4); i > 0; i--)
            set = set.With(new Subscription((byte)random.Next(FilterTable.Count), (MqttQos)random.Next(3), (uint)random.Next()));
        return set;
    }

    private static ushort[] Ids(Random random) => [.. Enumerable.Range(0, random.Next(3)).Select(_ => (ushort)random.Next(0x10000))];

    private static SentBefore[] Sent(Random random) =>
        [.. Enumerable.Range(0, random.Next(3)).Select(_ => new SentBefore((ushort)random.Next(0x10000),
            new Sequence(random.NextInt64())))];
}
