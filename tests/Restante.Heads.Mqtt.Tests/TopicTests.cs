using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Heads.Mqtt.Sessions;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

public sealed class TopicTests
{
    [Theory]
    [InlineData("telemetry", "", "")]
    [InlineData("telemetry/engine", "engine", "")]
    [InlineData("telemetry/?ct=a", "", "ct=a")]
    [InlineData("telemetry/engine/?ct=application/json&k=v", "engine", "ct=application/json&k=v")]
    public void Telemetry(string topic, string channel, string bag)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: true);
        Assert.Equal(TopicKind.Telemetry, parsed.Kind);
        Assert.Equal(channel, Encoding.UTF8.GetString(parsed.Channel));
        Assert.Equal(bag, Encoding.UTF8.GetString(parsed.Bag));
    }

    [Theory]
    [InlineData("mailbox/settle/17-2/accept", SettleVerb.Accept)]
    [InlineData("mailbox/settle/17-2/reject", SettleVerb.Reject)]
    [InlineData("mailbox/settle/17-2/release", SettleVerb.Release)]
    [InlineData("mailbox/settle/17-2/renew", SettleVerb.Renew)]
    public void Settle(string topic, SettleVerb verb)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: false);
        Assert.Equal(TopicKind.Settle, parsed.Kind);
        Assert.Equal(new LeaseId(new Sequence(17), 2), parsed.Lease);
        Assert.Equal(verb, parsed.Verb);
    }

    [Theory]
    [InlineData("telemetry/a/b", (int)TopicKind.Invalid)]
    [InlineData("telemetry/", (int)TopicKind.Invalid)]
    [InlineData("telemetry//?ct=a", (int)TopicKind.Invalid)]
    [InlineData("reports/42/", (int)TopicKind.Invalid)]
    [InlineData("inquiries/traffic/q1/", (int)TopicKind.Invalid)]
    [InlineData("devices/lamp/telemetry/", (int)TopicKind.Invalid)]
    [InlineData("telemetr", (int)TopicKind.Invalid)]
    [InlineData("Telemetry", (int)TopicKind.Invalid)]
    [InlineData("/telemetry", (int)TopicKind.Invalid)]
    [InlineData("$SYS/x", (int)TopicKind.Invalid)]
    [InlineData("will", (int)TopicKind.Invalid)]
    [InlineData("mailbox/settle/17-2/delete", (int)TopicKind.Invalid)]
    [InlineData("mailbox/settle/17-0/accept", (int)TopicKind.Invalid)]
    [InlineData("mailbox/settle/x/accept", (int)TopicKind.Invalid)]
    [InlineData("mailbox/settle/17-2/accept/more", (int)TopicKind.Invalid)]
    [InlineData("mailbox/settle/11111111111111111111111111111111111111111111111-1/accept", (int)TopicKind.Invalid)]
    [InlineData("mailbox/commands/17", (int)TopicKind.NotOwn)]
    [InlineData("mailbox", (int)TopicKind.NotOwn)]
    [InlineData("reports", (int)TopicKind.Invalid)]
    [InlineData("reports/017", (int)TopicKind.Invalid)]
    [InlineData("reports/17/last", (int)TopicKind.Invalid)]
    [InlineData("reports/17/final/more", (int)TopicKind.Invalid)]
    [InlineData("inquiries/weather", (int)TopicKind.Invalid)]
    [InlineData("inquiries/weather/1/stop", (int)TopicKind.Invalid)]
    [InlineData("inquiries//1", (int)TopicKind.Invalid)]
    [InlineData("state/desired", (int)TopicKind.NotOwn)]
    [InlineData("state/get/now", (int)TopicKind.NotOwn)]
    [InlineData("devices/lamp/state/desired", (int)TopicKind.NotOwn)]
    [InlineData("devices/lamp/mailbox/commands/17", (int)TopicKind.NotOwn)]
    [InlineData("devices/lamp/mailbox/settle/1-1/forget", (int)TopicKind.Invalid)]
    [InlineData("devices/lamp/ended", (int)TopicKind.Invalid)]
    [InlineData("devices/lamp/will", (int)TopicKind.Invalid)]
    [InlineData("devices/lamp/devices/bulb/telemetry", (int)TopicKind.Invalid)]
    [InlineData("devices//telemetry", (int)TopicKind.Invalid)]
    [InlineData("devices/lamp", (int)TopicKind.Invalid)]
    public void Everything_else_is_refused_with_words(string topic, int kind)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: true);
        Assert.Equal((TopicKind)kind, parsed.Kind);
        Assert.NotNull(parsed.Problem);
    }

    [Theory]
    [InlineData("reports/17", false, "")]
    [InlineData("reports/17/final", true, "")]
    [InlineData("reports/17/?number=2", false, "number=2")]
    [InlineData("reports/17/final/?number=2", true, "number=2")]
    public void Reports_name_their_command(string topic, bool isFinal, string bag)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: true);
        Assert.Equal((TopicKind.Report, 17L, isFinal), (parsed.Kind, parsed.Command.Value, parsed.IsFinal));
        Assert.Equal(bag, Encoding.UTF8.GetString(parsed.Bag));
    }

    [Theory]
    [InlineData("inquiries/weather/q-1", (int)TopicKind.Inquiry, "")]
    [InlineData("inquiries/weather/q-1/cancel", (int)TopicKind.Cancel, "")]
    [InlineData("inquiries/weather/q-1/?until=5", (int)TopicKind.Inquiry, "until=5")]
    public void Inquiries_have_a_subject_and_an_id(string topic, int kind, string bag)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: true);
        Assert.Equal((TopicKind)kind, parsed.Kind);
        Assert.Equal("weather", Encoding.UTF8.GetString(parsed.Channel));
        Assert.Equal("q-1", Encoding.UTF8.GetString(parsed.Inquiry));
        Assert.Equal(bag, Encoding.UTF8.GetString(parsed.Bag));
    }

    [Theory]
    [InlineData("state/get", (int)TopicKind.StateGet, "")]
    [InlineData("state/get/?cid=1", (int)TopicKind.StateGet, "cid=1")]
    [InlineData("state/reported", (int)TopicKind.StateReport, "")]
    [InlineData("state/reported/?if-version=2", (int)TopicKind.StateReport, "if-version=2")]
    public void State_is_asked_for_and_reported(string topic, int kind, string bag)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: true);
        Assert.Equal((TopicKind)kind, parsed.Kind);
        Assert.Equal(bag, Encoding.UTF8.GetString(parsed.Bag));
    }

    [Theory]
    [InlineData("devices/lamp/telemetry", (int)TopicKind.Telemetry)]
    [InlineData("devices/lamp/telemetry/light/?ct=a", (int)TopicKind.Telemetry)]
    [InlineData("devices/lamp/reports/17/final", (int)TopicKind.Report)]
    [InlineData("devices/lamp/inquiries/weather/q-1", (int)TopicKind.Inquiry)]
    [InlineData("devices/lamp/inquiries/weather/q-1/cancel", (int)TopicKind.Cancel)]
    public void A_field_gateway_names_the_device_behind_it(string topic, int kind)
    {
        PublishTopic parsed = TopicTable.Parse(Encoding.UTF8.GetBytes(topic), takesBag: true);
        Assert.Equal((TopicKind)kind, parsed.Kind);
        Assert.Equal("lamp", Encoding.UTF8.GetString(parsed.Child));
    }

    [Fact]
    public void A_bag_is_for_3_1_1_only()
    {
        PublishTopic parsed = TopicTable.Parse("telemetry/?ct=a"u8, takesBag: false);
        Assert.True(parsed.Bag.IsEmpty);
        Assert.Equal("?ct=a", Encoding.UTF8.GetString(parsed.Channel));
    }

    [Theory]
    [InlineData("mailbox/#", true, true, true)]
    [InlineData("mailbox/+/+", true, true, true)]
    [InlineData("mailbox/commands/#", true, false, false)]
    [InlineData("mailbox/notifications/+", false, true, false)]
    [InlineData("mailbox/answers/+/#", false, false, true)]
    public void Filters_select_kinds(string filter, bool commands, bool notifications, bool answers)
    {
        int index = FilterTable.Find(Encoding.UTF8.GetBytes(filter));
        Assert.Equal(commands, FilterTable.Selects(index, MessageKind.Command));
        Assert.Equal(notifications, FilterTable.Selects(index, MessageKind.Notification));
        Assert.Equal(answers, FilterTable.Selects(index, MessageKind.Answer));
    }

    [Theory]
    [InlineData("#")]
    [InlineData("+/#")]
    [InlineData("mailbox")]
    [InlineData("mailbox/commands")]
    [InlineData("mailbox/commands/17")]
    [InlineData("mailbox/letters/#")]
    [InlineData("telemetry/#")]
    [InlineData("$share/g/mailbox/#")]
    public void Other_filters_do_not_exist(string filter) => Assert.Equal(-1, FilterTable.Find(Encoding.UTF8.GetBytes(filter)));

    [Fact]
    public void A_bag_reads_what_was_written()
    {
        Prop.ForAll<NonNull<string>, NonNull<string>>((name, value) =>
        {
            string n = Clean(name.Get) is { Length: > 0 } some ? some : "n";
            string v = Clean(value.Get);
            var topic = new StringBuilder("mailbox/commands/1/");
            PropertyBag.Append(topic, "lease", "1-1");
            PropertyBag.Append(topic, n, v);
            byte[] bytes = Encoding.UTF8.GetBytes(topic.ToString());
            int at = bytes.AsSpan().IndexOf("/?"u8);
            var bag = new PropertyBag(bytes.AsSpan(at + 2), new byte[bytes.Length]);
            bool first = bag.Read() && bag.Name.SequenceEqual("lease"u8) && bag.Value.SequenceEqual("1-1"u8);
            return first && bag.Read() && Encoding.UTF8.GetString(bag.Name) == n && Encoding.UTF8.GetString(bag.Value) == v && !bag.Read() && !bag.IsMalformed
                && topic.ToString().IndexOfAny(['+', '#', '\0']) < 0;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("a=%")]
    [InlineData("a=%4")]
    [InlineData("a=%zz")]
    [InlineData("a=%ff")]
    [InlineData("=x")]
    [InlineData("a=%00")]
    public void A_broken_bag_is_told(string text)
    {
        var bag = new PropertyBag(Encoding.UTF8.GetBytes(text), new byte[64]);
        Assert.False(bag.Read());
        Assert.True(bag.IsMalformed);
    }

    [Fact]
    public void A_session_record_reads_what_was_written()
    {
        var record = new SessionRecord
        {
            Subscriptions = new SubscriptionSet([])
                .With(new Subscription((byte)FilterTable.Find("mailbox/#"u8), MqttQos.ExactlyOnce, 77))
                .With(new Subscription((byte)FilterTable.Find("mailbox/commands/+"u8), MqttQos.AtMostOnce, 0)),
            IsUnsettled = true,
            LastPacketId = 513,
            Unreleased = new ushort[] { 1, 2, 65535 },
            AwaitingPubComp = new ushort[] { 9 },
            Unacknowledged = new SentBefore[] { new(4, new Sequence(long.MaxValue)) },
        };
        AssertReads(record);
        SubscriptionSet both = record.Subscriptions.With(new Subscription((byte)FilterTable.Find("ended"u8), MqttQos.AtMostOnce, 3));
        AssertReads(record with { Children = [new ChildRecord("sensor", both, [new(5, new Sequence(9))]), new ChildRecord(new string('x', 128), both, [])] });
    }

    private static void AssertReads(SessionRecord record)
    {
        byte[] bytes = SessionRecordForm.Write(record);
        SessionRecord read = SessionRecordForm.Read(bytes)!;
        Assert.Equal(record.Subscriptions.Items.ToArray(), read.Subscriptions.Items.ToArray());
        Assert.True(read.IsUnsettled);
        Assert.Equal(record.LastPacketId, read.LastPacketId);
        Assert.Equal(record.Unreleased.ToArray(), read.Unreleased.ToArray());
        Assert.Equal(record.AwaitingPubComp.ToArray(), read.AwaitingPubComp.ToArray());
        Assert.Equal(record.Unacknowledged.ToArray(), read.Unacknowledged.ToArray());
        Assert.Equal(record.Children.Select(c => c.Id), read.Children.Select(c => c.Id));
        for (int i = 0; i < record.Children.Count; i++)
        {
            Assert.Equal(record.Children[i].Subscriptions.Items.ToArray(), read.Children[i].Subscriptions.Items.ToArray());
            Assert.Equal(record.Children[i].Unacknowledged, read.Children[i].Unacknowledged);
        }

        for (int length = 0; length < bytes.Length; length++)
            Assert.Null(SessionRecordForm.Read(bytes.AsSpan(0, length)));
        bytes[0] = 9;
        Assert.Null(SessionRecordForm.Read(bytes));
    }

    private static string Clean(string text)
    {
        string known = text.Replace("\0", "", StringComparison.Ordinal);
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(known));
    }
}
