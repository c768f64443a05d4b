using System.Text;
using Restante.Core.Access;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Reports;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>Reports, inquiries with their answers, and notifications over MQTT.</summary>
public sealed class PatternTests
{
    private static readonly ServicePrincipal s_service = new("tests", Rights.Admin, CredentialSlot.Primary, long.MaxValue);

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task Reports_are_numbered_durable_and_end_with_the_final_one(MqttVersion version)
    {
        await using var post = new Post();
        Sequence command = await post.SendAsync("unlock");
        Device device = await post.ConnectAsync(version);
        await device.PublishAsync($"reports/{command}", "half");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync($"reports/{command}/final", "done");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);

        IReadOnlyList<ReportRecord> reports = (await post.Gateway.Reports.ReadAsync(command, 1, 10)).Value!;
        Assert.Equal([(1, false, "half"), (2, true, "done")], reports.Select(r => (r.Number, r.IsFinal, BodyOf(r.Content))));
        Assert.All(reports, r => Assert.Equal("truck", r.Device.Value));
    }

    [Fact]
    public async Task A_report_with_a_number_can_be_repeated()
    {
        await using var post = new Post();
        Sequence command = await post.SendAsync("unlock");
        Device device = await post.ConnectAsync();
        foreach (int _ in (int[])[1, 2])
        {
            await device.PublishAsync($"reports/{command}", "half", properties: [new("number", "1")]);
            Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        }

        Device older = await post.ConnectAsync(MqttVersion.V311, clientId: "c2");
        await older.PublishAsync($"reports/{command}/?number=1", "half");
        Assert.Equal(MqttReasonCode.Success, (await older.NextAsync<Answer>()).Code);
        Assert.Single((await post.Gateway.Reports.ReadAsync(command, 1, 10)).Value!);
    }

    [Fact]
    public async Task A_report_on_a_foreign_command_or_after_the_final_one_changes_nothing()
    {
        await using var post = new Post();
        Sequence foreign = await post.SendAsync("unlock", device: "lamp");
        Sequence own = await post.SendAsync("unlock");
        Device device = await post.ConnectAsync();
        await device.PublishAsync($"reports/{foreign}", "mine");
        Answer refused = await device.NextAsync<Answer>();
        Assert.True(refused.Code >= MqttReasonCode.UnspecifiedError);
        Assert.NotEmpty(refused.Reason);
        await device.PublishAsync($"reports/{own}/final", "done");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync($"reports/{own}", "more");
        Assert.True((await device.NextAsync<Answer>()).Code >= MqttReasonCode.UnspecifiedError);
        await device.PublishAsync($"reports/{own}", "more", properties: [new("number", "zero")]);
        Assert.Equal(MqttReasonCode.TopicNameInvalid, (await device.NextAsync<Answer>()).Code);

        Assert.Empty((await post.Gateway.Reports.ReadAsync(foreign, 1, 10)).Value!);
        Assert.Single((await post.Gateway.Reports.ReadAsync(own, 1, 10)).Value!);
    }

    [Theory]
    [InlineData(MqttVersion.V500)]
    [InlineData(MqttVersion.V311)]
    public async Task A_question_is_answered_through_the_mailbox_until_the_end_mark(MqttVersion version)
    {
        await using var post = new Post();
        using InquiryHandler handler = post.Gateway.Inquiries.Attach(s_service, "traffic").Value!;
        Device device = await post.ConnectAsync(version);
        await device.SubscribeAsync();
        foreach (int _ in (int[])[1, 2])
        {
            await device.PublishAsync("inquiries/traffic/q-1", "A7");
            Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        }

        TakenInquiry taken = Assert.Single((await handler.TakeAsync(10, 10_000)).Value!);
        Assert.Equal(("truck", "q-1", "A7"), (taken.Device.Value, taken.Id, BodyOf(taken.Content)));
        byte[] content = new MessageContent { Body = "jam"u8.ToArray() }.Encode();
        Assert.True((await post.Gateway.Inquiries.AnswerAsync(s_service, taken.Number, content, isFinal: false)).IsSuccess);
        Assert.True((await post.Gateway.Inquiries.AnswerAsync(s_service, taken.Number, content, isFinal: true)).IsSuccess);

        Mail first = await device.NextAsync<Mail>();
        Mail last = await device.NextAsync<Mail>();
        Assert.StartsWith("mailbox/answers/q-1", first.Topic, StringComparison.Ordinal);
        if (version == MqttVersion.V500)
        {
            Assert.Equal(("mailbox/answers/q-1", "jam", "1"), (first.Topic, first.Text, first.Property("number")));
            Assert.Equal(("2", "true"), (last.Property("number"), last.Property("final")));
            Assert.Equal("q-1", Encoding.UTF8.GetString(last.Correlation));
        }
        else
        {
            Assert.Contains("number=1", first.Topic, StringComparison.Ordinal);
            Assert.Contains("final=true", last.Topic, StringComparison.Ordinal);
            Assert.Contains("cid=q-1", last.Topic, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_question_may_be_taken_back_and_may_be_refused_when_nobody_handles_it()
    {
        await using var post = new Post();
        Device device = await post.ConnectAsync();
        await device.PublishAsync("inquiries/traffic/q-1", "A7", properties: [new("only-if-handled", "")]);
        Answer refused = await device.NextAsync<Answer>();
        Assert.True(refused.Code >= MqttReasonCode.UnspecifiedError);
        Assert.Contains("traffic", refused.Reason, StringComparison.Ordinal);

        await device.PublishAsync("inquiries/traffic/q-2", "A7", expiry: 30);
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync("inquiries/traffic/q-2/cancel", "");
        Assert.Equal(MqttReasonCode.Success, (await device.NextAsync<Answer>()).Code);
        await device.PublishAsync("inquiries/traffic/q-3/cancel", "");
        Assert.True((await device.NextAsync<Answer>()).Code >= MqttReasonCode.UnspecifiedError);

        using InquiryHandler handler = post.Gateway.Inquiries.Attach(s_service, "traffic").Value!;
        Assert.Empty((await handler.TakeAsync(10, 10_000)).Value!);

        // Under the id of one that has ended nobody would answer.
        await device.PublishAsync("inquiries/traffic/q-2", "B8", expiry: 30);
        Answer anew = await device.NextAsync<Answer>();
        Assert.True(anew.Code >= MqttReasonCode.UnspecifiedError);
        Assert.Contains("cancelled", anew.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_notification_comes_in_order_with_the_commands()
    {
        await using var post = new Post();
        Sequence before = await post.SendAsync("before");
        byte[] content = new MessageContent { Body = "air"u8.ToArray() }.Encode();
        SentNotification sent = (await post.Gateway.Notifications.NotifyAsync(
            s_service, "id like 'tr%'", content, new NotificationTerms())).Value!;
        Sequence after = await post.SendAsync("after");
        Device device = await post.ConnectAsync();
        await device.SubscribeAsync();
        Mail[] mail = [await device.NextAsync<Mail>(), await device.NextAsync<Mail>(), await device.NextAsync<Mail>()];
        Assert.Equal(
            [$"mailbox/commands/{before}", $"mailbox/notifications/{sent.Sequence}", $"mailbox/commands/{after}"], mail.Select(m => m.Topic));
        await device.AcknowledgeAsync(mail[0]);
        await device.AcknowledgeAsync(mail[1]);
        await device.LeaveAsync();
        await post.QuietAsync();
        DeliveryReport report = (await post.Gateway.Notifications.GetAsync(sent.Sequence)).Value!;
        Assert.Equal(1, report.Notification.Accepted);
    }

    private static string BodyOf(ReadOnlyMemory<byte> content) => Encoding.UTF8.GetString(MessageContent.Decode(content).Body.Span);
}
