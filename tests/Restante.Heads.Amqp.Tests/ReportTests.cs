using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Devices report on their commands, and services receive the reports.</summary>
public sealed class ReportTests
{
    [Fact]
    public async Task A_report_reaches_the_service_with_its_command_its_number_and_its_device()
    {
        await using var house = new House();
        Sequence command = await house.SendAsync("go");
        Peer device = await house.ConnectAsync();
        Line reports = await device.SenderAsync("reports");
        AmqpMessage first = Of("10 %", command.ToString(), ("mood", "good"));
        first.MessageAnnotations = new AmqpMap { { new Symbol("x-opt-restante-device"), "forged" } };
        Assert.Same(Accepted.Instance, await reports.SendAsync(first));
        Assert.Same(Accepted.Instance, await reports.SendAsync(Of("done", (ulong)command.Value, ("final", true))));

        Line received = await (await house.ServiceAsync(Rights.Send)).ReceiverAsync("reports", 10);
        List<Mail> mail = await received.MailAsync(2);
        Assert.Equal(["10 %", "done"], mail.Select(m => m.Body));
        Assert.All(mail, m => Assert.Equal(
            (command.ToString(), "truck", "report"),
            (m.Message.Properties!.CorrelationId, m.Annotation("x-opt-restante-device"), m.Annotation("x-opt-restante-kind"))));
        Assert.Equal([(1L, false), (2L, true)], mail.Select(m => ((long)m.Property("number")!, (bool)m.Property("final")!)));
        Assert.Equal("good", mail[0].Property("mood"));
    }

    [Fact]
    public async Task Every_refusal_of_a_report_has_its_condition()
    {
        await using var house = new House(limits: new GatewayLimits { MaxReportsPerCommand = 3 });
        Sequence command = await house.SendAsync("go");
        Sequence foreign = await house.SendAsync("go", "other");
        Line reports = await (await house.ConnectAsync()).SenderAsync("reports");
        Assert.Equal("amqp:decode-error", Condition(await reports.SendAsync(Of("x", null))));
        Assert.Equal("amqp:decode-error", Condition(await reports.SendAsync(Of("x", "no-number"))));
        Assert.Equal("amqp:decode-error", Condition(await reports.SendAsync(Of("x", command.ToString(), ("final", "maybe")))));
        Assert.Equal("amqp:not-found", Condition(await reports.SendAsync(Of("x", foreign.ToString()))));
        Assert.Equal("amqp:not-found", Condition(await reports.SendAsync(Of("x", "99999"))));
        Assert.Equal("amqp:resource-locked", Condition(await reports.SendAsync(Of("x", command.ToString(), ("number", 2)))));
        Assert.Same(Accepted.Instance, await reports.SendAsync(Of("x", command.ToString(), ("number", 1))));
        Assert.Same(Accepted.Instance, await reports.SendAsync(Of("x", command.ToString(), ("number", 1)))); // Once more.
        Assert.Same(Accepted.Instance, await reports.SendAsync(Of("x", command.ToString(), ("number", 2L), ("final", true))));
        Assert.Equal("amqp:resource-locked", Condition(await reports.SendAsync(Of("x", command.ToString()))));
        Assert.Equal(2, (await house.Gateway.Reports.ReadAsync(command, 1, 10)).Value!.Count);
    }

    [Fact]
    public async Task A_command_is_followed_from_a_number_on_also_by_what_comes_later()
    {
        await using var house = new House();
        Sequence command = await house.SendAsync("go");
        await house.SendAsync("other", "other");
        Line reports = await (await house.ConnectAsync()).SenderAsync("reports");
        for (int i = 1; i <= 3; i++)
            Assert.Same(Accepted.Instance, await reports.SendAsync(Of($"r{i}", command.ToString())));
        Peer service = await house.ServiceAsync(Rights.Send);
        Line following = await service.StartAttachAsync($"reports/{command}", sends: false, Selector("number >= 2"));
        Attached attached = await following.NextAsync<Attached>();
        Assert.Equal("number >= 2", ((DescribedValue)Assert.Single(attached.Attach.Source!.Filter!).Value!).Value);
        await following.CreditAsync(10);
        Assert.Equal(["r2", "r3"], (await following.MailAsync(2)).Select(m => m.Body));
        await following.NothingAsync();
        Assert.Same(Accepted.Instance, await reports.SendAsync(Of("r4", command.ToString(), ("final", true))));
        Assert.Equal("r4", (await following.MailAsync()).Body);
        Line after = await service.ReceiverAsync($"reports/{command}", 10, Selector(" number>3 "));
        Assert.Equal("r4", (await after.MailAsync()).Body);
        Line all = await service.ReceiverAsync($"reports/{command}", 10);
        Assert.Equal(["r1", "r2", "r3", "r4"], (await all.MailAsync(4)).Select(m => m.Body));

        Detached refused = await service.RefusedAsync($"reports/{command}", sends: false, Selector("number = 2"));
        Assert.Equal("amqp:invalid-field", refused.Condition);
        Assert.Contains("character 8", refused.Text, StringComparison.Ordinal);
        Assert.Equal("amqp:not-found", (await service.RefusedAsync("reports/99999", sends: false)).Condition);
    }

    [Fact]
    public async Task Receivers_share_the_reports_and_a_policys_own_reader_gets_all()
    {
        await using var house = new House();
        Peer one = await house.ServiceAsync(Rights.Send), two = await house.ServiceAsync(Rights.Send);
        Line first = await one.ReceiverAsync("reports", 2), second = await two.ReceiverAsync("reports", 2);
        Line own = await two.ReceiverAsync("reports/may-4", 10);
        Sequence command = await house.SendAsync("go");
        Line reports = await (await house.ConnectAsync()).SenderAsync("reports");
        for (int i = 1; i <= 4; i++)
            Assert.Same(Accepted.Instance, await reports.SendAsync(Of($"r{i}", command.ToString())));
        List<Mail> shared = [.. await first.MailAsync(2), .. await second.MailAsync(2)];
        Assert.Equal(["r1", "r2", "r3", "r4"], shared.Select(m => m.Body).Order());
        Assert.Equal(["r1", "r2", "r3", "r4"], (await own.MailAsync(4)).Select(m => m.Body));

        // What is not accepted goes to another when the receiver leaves.
        await one.BreakAsync();
        await second.CreditAsync(10);
        Assert.Equal(2, (await second.MailAsync(2)).Count);
    }

    private static AmqpMap Selector(string text) => new() { [SelectorFilter.Name] = new DescribedValue(SelectorFilter.Name, text) };

    private static AmqpMessage Of(string body, object? command, params (string Name, object Value)[] properties)
    {
        AmqpMessage message = AmqpMessage.FromData(System.Text.Encoding.UTF8.GetBytes(body));
        message.Properties = new MessageProperties { CorrelationId = command };
        message.ApplicationProperties = [];
        foreach ((string name, object value) in properties)
            message.ApplicationProperties.Add(name, value);
        return message;
    }

    private static string Condition(DeliveryState? state) => Assert.IsType<Rejected>(state).Error!.Condition.Value;
}
