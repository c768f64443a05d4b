using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Services notify, and devices receive.</summary>
public sealed class NotificationTests
{
    [Fact]
    public async Task A_group_and_an_audience_are_notified_and_each_device_settles_for_itself()
    {
        await using var house = new House();
        await house.Gateway.Devices.CreateAsync("bus-1", groups: ["buses"], tags: """{"city":"Oslo"}""");
        await house.Gateway.Devices.CreateAsync("bus-2", groups: ["buses"], tags: """{"city":"Bergen"}""");
        Line one = await (await house.ConnectAsync("bus-1")).ReceiverAsync("mailbox", 10);
        Peer service = await house.ServiceAsync(Rights.Send);
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("groups/buses")).SendAsync(Of("for all", "n-1")));
        Line notifications = await service.SenderAsync("notifications");
        Assert.Same(Accepted.Instance, await notifications.SendAsync(Of("for Oslo", "n-2", "tags.city = 'Oslo'")));
        Assert.Same(Accepted.Instance, await notifications.SendAsync(Of("for Oslo", "n-2", "tags.city = 'Oslo'"))); // The same one.
        List<Mail> mail = await one.MailAsync(2);
        Assert.Equal([("for all", "notification"), ("for Oslo", "notification")], mail.Select(m => (m.Body, (string)m.Annotation("x-opt-restante-kind")!)));
        Assert.All(mail, static m => Assert.Null(m.Property("audience"))); // It names tags, which devices do not see.
        await one.AcceptAsync(mail[0]);
        await one.NothingAsync();

        Line two = await (await house.ConnectAsync("bus-2")).ReceiverAsync("mailbox", 10);
        await two.SettleAsync(await two.MailAsync(), Rejected.WithoutError);
        await two.NothingAsync();
        await House.UntilAsync(() => house.Gateway.Notifications.GetAsync(new(1)).AsTask().Result.Value!.Notification is { Accepted: 1, Rejected: 1 });
    }

    [Fact]
    public async Task Every_refusal_of_a_notification_has_its_condition()
    {
        await using var house = new House();
        Line notifications = await (await house.ServiceAsync(Rights.Send)).SenderAsync("notifications");
        Assert.Equal("amqp:decode-error", Error(await notifications.SendAsync(Of("x", null))).Condition.Value);
        Restante.Amqp.AmqpError malformed = Error(await notifications.SendAsync(Of("x", null, "tags.city ==")));
        Assert.Equal("amqp:invalid-field", malformed.Condition.Value);
        Assert.Contains("character", malformed.Description, StringComparison.Ordinal);
        AmqpMessage late = Of("x", null, "id = 'a'");
        late.Properties!.AbsoluteExpiryTime = new(1);
        Assert.Equal("amqp:precondition-failed", Error(await notifications.SendAsync(late)).Condition.Value);
    }

    private static AmqpMessage Of(string body, string? id, string? audience = null)
    {
        AmqpMessage message = AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes(body));
        message.Properties = new MessageProperties { MessageId = id };
        if (audience is not null)
            message.ApplicationProperties = new() { { "audience", audience } };
        return message;
    }

    private static Restante.Amqp.AmqpError Error(DeliveryState? state) => Assert.IsType<Rejected>(state).Error!;
}
