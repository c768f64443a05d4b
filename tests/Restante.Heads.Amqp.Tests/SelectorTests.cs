using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A device chooses among its mail by a selector.</summary>
public sealed class SelectorTests
{
    public static TheoryData<string, string> Forms { get; } = new()
    {
        { "name", "apache.org:selector-filter:string" },
        { "apache.org:selector-filter:string", "other" },
        { "name", "code" },
    };

    [Theory]
    [Spec("AMQP-3.5.1-a")]
    [MemberData(nameof(Forms))]
    public async Task Only_what_the_selector_wants_is_received_and_the_filter_is_repeated(string name, string descriptor)
    {
        await using var house = new House();
        await SendAsync(house, "red", "blue", "red", "blue");
        Peer device = await house.ConnectAsync();
        object described = descriptor == "code" ? 0x0000_468C_0000_0004UL : new Symbol(descriptor);
        var selector = new DescribedValue(described, "colour = 'blue'");
        AmqpMap filters = new() { [new Symbol("other")] = new DescribedValue(new Symbol("example:unknown"), "x"), [new Symbol(name)] = selector };
        Line mailbox = await device.StartAttachAsync("mailbox", sends: false, filters);
        KeyValuePair<object, object?> applied = Assert.Single((await mailbox.NextAsync<Attached>()).Attach.Source!.Filter!);
        Assert.Equal((new Symbol(name), (object)selector), (applied.Key, applied.Value));
        await mailbox.CreditAsync(10);
        List<Mail> mail = await mailbox.MailAsync(2);
        Assert.Equal(["blue 1", "blue 3"], mail.Select(m => m.Body));
        await mailbox.NothingAsync();
        await SendAsync(house, "red", "blue");
        Assert.Equal("blue 1", (await mailbox.MailAsync()).Body);
        foreach (Mail one in mail)
            await mailbox.AcceptAsync(one);

        // What it passed over waits for who wants it, and was not handed out.
        await mailbox.DetachAsync();
        await mailbox.NextAsync<Detached>();
        Line all = await device.ReceiverAsync("mailbox", 10);
        Assert.Equal(["red 0", "red 2", "red 0", "blue 1"], (await all.MailAsync(4)).Select(m => m.Body));
    }

    [Fact]
    public async Task Kinds_can_be_chosen()
    {
        await using var house = new House();
        await SendAsync(house, "red");
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 10, Filter("kind <> 'command'"));
        await mailbox.NothingAsync();
        Line groups = await (await house.ServiceAsync(Rights.Send)).SenderAsync("notifications");
        AmqpMessage message = AmqpMessage.FromData("all"u8.ToArray());
        message.ApplicationProperties = new() { { "audience", "id = 'truck'" } };
        Assert.Same(Accepted.Instance, await groups.SendAsync(message));
        Assert.Equal("all", (await mailbox.MailAsync()).Body);
    }

    [Fact]
    public async Task A_selector_that_cannot_be_read_refuses_the_link_and_names_the_place()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Detached refused = await device.RefusedAsync("mailbox", sends: false, Filter("colour = = 'blue'"));
        Assert.Equal("amqp:invalid-field", refused.Condition);
        Assert.Contains("character 10", refused.Text, StringComparison.Ordinal);
        await device.ReceiverAsync("mailbox", 1);
    }

    private static AmqpMap Filter(string text) => new() { [SelectorFilter.Name] = new DescribedValue(SelectorFilter.Name, text) };

    private static async Task SendAsync(House house, params string[] colours)
    {
        await house.DeviceAsync();
        Line commands = await (await house.ServiceAsync(Rights.Send)).SenderAsync("devices/truck");
        for (int i = 0; i < colours.Length; i++)
        {
            AmqpMessage message = AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes($"{colours[i]} {i}"));
            message.ApplicationProperties = new() { { "colour", colours[i] } };
            Assert.Same(Accepted.Instance, await commands.SendAsync(message));
        }
    }
}
