using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>The terms on which services send commands.</summary>
public sealed class CommandTermsTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_term_arrives_as_an_annotation_and_as_a_property(bool asAnnotations)
    {
        var time = new HandTime();
        await using var house = new House(time: time);
        Line commands = await CommandsAsync(house);
        long now = house.NowMs;
        AmqpMessage command = With(
            Of("go"),
            asAnnotations,
            ("not-before", new AmqpTimestamp(now + 60_000)),
            ("replace-key", "lamp"),
            ("outcome", false),
            ("shelve-expired", true),
            ("reports-until", new AmqpTimestamp(now + 7_200_000)));
        command.Header = new MessageHeader { TtlMs = 3_600_000 };
        Assert.Same(Accepted.Instance, await commands.SendAsync(command));
        BrowsedMessage stored = Assert.Single(await BrowseAsync(house));
        Assert.Equal(
            (now + 60_000, "lamp", MessageFlags.OutcomeNotWanted | MessageFlags.ShelveExpired, now + 7_200_000, now + 3_600_000),
            (stored.NotBeforeMs, stored.ReplaceKey, stored.Flags, stored.ReportsUntilMs, stored.ExpiresAtMs));

        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 1);
        await mailbox.NothingAsync();
        time.Advance(TimeSpan.FromSeconds(60));
        await house.SweepAsync();
        Mail mail = await mailbox.MailAsync();
        Assert.Equal("go", mail.Body);
        Assert.True(mail.Message.ApplicationProperties is null or { Count: 0 });
    }

    [Theory]
    [InlineData("2027-01-15T08:00:00Z")]
    [InlineData("1800000000000")]
    [InlineData(1_800_000_000_000L)]
    [InlineData(1_800_000_000_000.0)]
    public async Task An_instant_may_be_written_in_several_ways(object instant)
    {
        await using var house = new House(time: new HandTime(), limits: new GatewayLimits { MaxTtlMs = 31_622_400_000 });
        Line commands = await CommandsAsync(house);
        Assert.Same(Accepted.Instance, await commands.SendAsync(With(Of("go"), false, ("not-before", instant))));
        Assert.Equal(1_800_000_000_000, Assert.Single(await BrowseAsync(house)).NotBeforeMs);
    }

    [Theory]
    [InlineData("not-before", "soon")]
    [InlineData("not-before", 1.5)]
    [InlineData("outcome", 1)]
    [InlineData("replace-key", true)]
    [InlineData("shelve-expired", "perhaps")]
    [InlineData("reports-until", false)]
    public async Task A_term_of_another_type_rejects_the_command_and_is_named(string name, object value)
    {
        await using var house = new House();
        Line commands = await CommandsAsync(house);
        foreach (bool asAnnotation in new[] { true, false })
        {
            Rejected rejected = Assert.IsType<Rejected>(await commands.SendAsync(With(Of("go"), asAnnotation, (name, value))));
            Assert.Equal("amqp:decode-error", rejected.Error!.Condition.Value);
            Assert.Contains($"'{name}'", rejected.Error.Description, StringComparison.Ordinal);
        }

        Assert.Empty(await BrowseAsync(house));
    }

    [Fact]
    public async Task The_same_message_id_is_accepted_again_and_enqueues_nothing()
    {
        await using var house = new House();
        Line commands = await CommandsAsync(house);
        object[] ids = ["order-1", 17UL, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff")];
        foreach (object id in ids)
        {
            for (int times = 0; times < 3; times++)
                Assert.Same(Accepted.Instance, await commands.SendAsync(Of("once", id)));
        }

        Assert.Equal(ids.Length, (await BrowseAsync(house)).Count);
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 10);
        foreach (Mail mail in await mailbox.MailAsync(ids.Length))
            await mailbox.AcceptAsync(mail);
        await mailbox.NothingAsync();

        // Also when the first one has ended.
        Assert.Same(Accepted.Instance, await commands.SendAsync(Of("once", "order-1")));
        await mailbox.NothingAsync();
    }

    [Fact]
    public async Task A_newer_command_with_the_same_key_replaces_one_that_waits()
    {
        await using var house = new House();
        Line commands = await CommandsAsync(house);
        foreach (string colour in new[] { "red", "green", "blue" })
            Assert.Same(Accepted.Instance, await commands.SendAsync(With(Of(colour), true, ("replace-key", "lamp"))));
        Line outcomes = await commands.Peer.ReceiverAsync("outcomes", 10);
        Assert.Equal(["cancelled", "cancelled"], (await outcomes.MailAsync(2)).Select(m => m.Message.Properties!.Subject));
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 10);
        Assert.Equal("blue", (await mailbox.MailAsync()).Body);
        await mailbox.NothingAsync();
    }

    [Fact]
    public async Task An_outcome_that_is_not_wanted_is_not_told_but_known()
    {
        await using var house = new House();
        Line commands = await CommandsAsync(house);
        Assert.Same(Accepted.Instance, await commands.SendAsync(With(Of("quiet"), true, ("outcome", false))));
        Assert.Same(Accepted.Instance, await commands.SendAsync(Of("loud")));
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 10);
        foreach (Mail mail in await mailbox.MailAsync(2))
            await mailbox.AcceptAsync(mail);
        Line outcomes = await commands.Peer.ReceiverAsync("outcomes", 10);
        Assert.Equal("2", (await outcomes.MailAsync()).Property("command-id"));
        await outcomes.NothingAsync();
        Assert.Equal(Outcome.Accepted, (await house.OutcomeAsync(new Sequence(1))).Outcome);
    }

    private static async Task<Line> CommandsAsync(House house)
    {
        await house.DeviceAsync();
        Peer service = await house.ServiceAsync(Rights.Send);
        return await service.SenderAsync("devices/truck");
    }

    private static async Task<IReadOnlyList<BrowsedMessage>> BrowseAsync(House house) =>
        (await house.Gateway.Mailboxes.BrowseAsync(await house.DeviceAsync(), default, 100)).Value!;

    private static AmqpMessage Of(string body, object? id = null)
    {
        AmqpMessage message = AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes(body));
        message.Properties = new MessageProperties { MessageId = id };
        return message;
    }

    private static AmqpMessage With(AmqpMessage message, bool asAnnotations, params (string Name, object Value)[] terms)
    {
        var map = new AmqpMap();
        foreach ((string name, object value) in terms)
        {
            if (asAnnotations)
                map.AddSymbol("x-opt-restante-" + name, value);
            else
                map.Add(name, value);
        }

        if (asAnnotations)
            message.MessageAnnotations = map;
        else
            message.ApplicationProperties = map;
        return message;
    }
}
