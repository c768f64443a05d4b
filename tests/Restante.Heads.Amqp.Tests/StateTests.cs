using System.Text;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.States;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>A device's state document over a pair of links.</summary>
public sealed class StateTests
{
    [Fact]
    public async Task A_device_reads_its_document_and_says_how_it_is()
    {
        await using var house = new House();
        DeviceRecord record = await house.DeviceAsync();
        await house.Gateway.States.PatchDesiredAsync(record, """{"rate":5}"""u8.ToArray());
        Requester state = await (await house.ConnectAsync()).RequesterAsync("state");
        Reply patched = await state.AskAsync((ReadOnlyMemory<byte>)"""{"rate":60,"fan":"on"}"""u8.ToArray(), ("operation", "PATCH"));
        Assert.Equal((200, 1L), (patched.Status, patched.Mail.Property("version")));
        Assert.Equal(200, (await state.AskAsync("""{"fan":null}""", ("operation", "PATCH"), ("if-version", 1))).Status);
        Assert.Equal(412, (await state.AskAsync("""{"fan":"off"}""", ("operation", "PATCH"), ("if-version", 1))).Status);
        Reply read = await state.AskAsync(null, ("operation", "GET"));
        Assert.Equal((200, new Symbol("application/json")), (read.Status, read.Mail.Message.Properties!.ContentType));
        using var json = JsonDocument.Parse(read.Mail.Message.Data);
        Assert.Equal("""{"rate":5}""", json.RootElement.GetProperty("desired").GetProperty("content").GetRawText());
        Assert.Equal("""{"rate":60}""", json.RootElement.GetProperty("reported").GetProperty("content").GetRawText());
        Assert.Equal(2, json.RootElement.GetProperty("reported").GetProperty("version").GetInt64());
        Assert.Equal(200, (await state.AskAsync("""{"new":1}""", ("operation", "PUT"))).Status);
        Assert.Equal("""{"new":1}""", Encoding.UTF8.GetString((await house.Gateway.States.GetAsync(record)).Value!.Reported.Json.Span));

        // Clients write bytes as a value, or a map, where others write data.
        Assert.Equal(200, (await state.AskAsync("""{"new":2}"""u8.ToArray(), ("operation", "PATCH"))).Status);
        Assert.Equal(200, (await state.AskAsync(new AmqpMap { { "more", new AmqpMap { { "n", 1.5 } } } }, ("operation", "PATCH"))).Status);
        Assert.Equal("""{"new":2,"more":{"n":1.5}}""", Encoding.UTF8.GetString((await house.Gateway.States.GetAsync(record)).Value!.Reported.Json.Span));

        Reply malformed = await state.AskAsync("{]", ("operation", "PATCH"));
        Assert.Equal(400, malformed.Status);
        Assert.Contains("line 1, byte 2", malformed.Description, StringComparison.Ordinal);
        Reply noNumber = await state.AskAsync(new AmqpMap { { "speed", new AmqpMap { { "n", double.NaN } } } }, ("operation", "PATCH"));
        Assert.Equal(400, noNumber.Status);
        Assert.Contains("'speed.n'", noNumber.Description, StringComparison.Ordinal);
        Assert.Equal(400, (await state.AskAsync(null, ("operation", "DELETE"))).Status);
        Assert.Equal(400, (await state.AskAsync("{}", ("operation", "PUT"), ("if-version", "x"))).Status);
    }

    [Fact]
    public async Task What_services_desire_is_told_at_once_and_only_the_newest_to_who_is_slow()
    {
        await using var house = new House();
        DeviceRecord record = await house.DeviceAsync();
        Peer device = await house.ConnectAsync();
        Line told = await device.ReceiverAsync("state", 1);
        await house.Gateway.States.PatchDesiredAsync(record, """{"rate":1}"""u8.ToArray());
        Mail first = await told.MailAsync();
        Assert.Equal(("desired", 1L, """{"rate":1}"""), (first.Message.Properties!.Subject, first.Property("version"), first.Body));
        for (int i = 2; i <= 5; i++)
            await house.Gateway.States.PatchDesiredAsync(record, Encoding.UTF8.GetBytes($$"""{"rate":{{i}}}"""));
        await told.NothingAsync();
        await told.CreditAsync(10);
        Assert.Equal(5L, (await told.MailAsync()).Property("version"));
        await told.NothingAsync();
    }

    [Fact]
    public async Task Of_several_receivers_of_a_connection_the_first_is_told_and_when_it_ends_the_next()
    {
        await using var house = new House();
        DeviceRecord record = await house.DeviceAsync();
        Peer device = await house.ConnectAsync(), other = await house.ConnectAsync();
        Line first = await device.ReceiverAsync("state", 10), second = await device.ReceiverAsync("state", 10);
        Line apart = await other.ReceiverAsync("state", 10);
        await house.Gateway.States.PatchDesiredAsync(record, """{"rate":1}"""u8.ToArray());
        Assert.Equal(1L, (await first.MailAsync()).Property("version"));
        Assert.Equal(1L, (await apart.MailAsync()).Property("version"));
        await second.NothingAsync();
        await first.CreditAsync(0);
        await device.FenceAsync();
        await house.Gateway.States.PatchDesiredAsync(record, """{"rate":2}"""u8.ToArray());
        await second.NothingAsync();
        await first.DetachAsync();
        await first.NextAsync<Detached>();
        Assert.Equal(2L, (await second.MailAsync()).Property("version"));
        await house.Gateway.States.PatchDesiredAsync(record, """{"rate":3}"""u8.ToArray());
        Assert.Equal(3L, (await second.MailAsync()).Property("version"));
        await second.NothingAsync();
    }

    [Fact]
    public async Task Who_takes_the_credit_back_while_a_change_is_read_is_told_of_the_newest()
    {
        await using var house = new House();
        DeviceRecord record = await house.DeviceAsync();
        Peer device = await house.ConnectAsync();
        Line told = await device.ReceiverAsync("state", 1);
        Hooks.Gate written = house.Hooks.HoldResult("write-state");
        Task<Result<StateContent>> first = house.Gateway.States.PatchDesiredAsync(record, """{"rate":1}"""u8.ToArray()).AsTask();
        await written.Reached;
        Hooks.Gate read = house.Hooks.Hold("read-state");
        written.Open();
        await first;
        await read.Reached;
        await told.CreditAsync(0);
        await told.NothingAsync();
        read.Open();
        await told.NothingAsync();
        await house.Gateway.States.PatchDesiredAsync(record, """{"rate":2}"""u8.ToArray());
        await told.NothingAsync();
        await told.CreditAsync(10);

        // What was read in the meantime may only come to the link now, and is told first then.
        object? version = (await told.MailAsync()).Property("version");
        Assert.Equal(2L, version is 1L ? (await told.MailAsync()).Property("version") : version);
        await told.NothingAsync();
    }

    [Fact]
    [Spec("AMQP-3.5.3-a", "AMQP-3.5.3-b")]
    public async Task Answers_go_where_the_request_says()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line requests = await device.SenderAsync("state");
        AmqpMessage get = AmqpMessage.FromValue(null);
        get.ApplicationProperties = new() { { "operation", "GET" } };
        Rejected lost = Assert.IsType<Rejected>(await requests.SendAsync(get));
        Assert.Equal("amqp:resource-locked", lost.Error!.Condition.Value);

        Line dynamic = await device.StartAttachAsync(null, sends: false, replyTo: "ignored");
        string address = (await dynamic.NextAsync<Attached>()).Attach.Source!.Address!;
        Line named = await device.StartAttachAsync("state", sends: false, replyTo: "my-answers");
        await named.NextAsync<Attached>();
        await dynamic.CreditAsync(10);
        await named.CreditAsync(10);
        foreach ((string? replyTo, Line expected) in new[] { (address, dynamic), ("my-answers", named), ("$me", named), (null, named) })
        {
            get.Properties = new MessageProperties { ReplyTo = replyTo, CorrelationId = "c", MessageId = "m" };
            Assert.Same(Accepted.Instance, await requests.SendAsync(get));
            Assert.Equal("c", (await expected.MailAsync()).Message.Properties!.CorrelationId);
        }

        get.Properties = new MessageProperties { ReplyTo = "another" };
        Assert.IsType<Rejected>(await requests.SendAsync(get));
    }

    [Fact]
    public async Task Who_takes_no_answers_may_not_ask_for_ever()
    {
        await using var house = new House(options: new AmqpHeadOptions { LinkCredit = 4 }, limits: new GatewayLimits { MaxAuthenticationFailuresPerMinute = 0 });
        Peer device = await house.ConnectAsync();
        Line requests = await device.SenderAsync("state");
        Line answers = await device.ReceiverAsync("state");
        AmqpMessage get = AmqpMessage.FromValue(null);
        get.ApplicationProperties = new() { { "operation", "GET" } };
        for (int i = 0; i < 4; i++)
            Assert.Same(Accepted.Instance, await requests.SendAsync(get));
        Assert.Same(Released.Instance, await requests.SendAsync(get));
        await answers.CreditAsync(10);
        Assert.Equal(4, (await answers.MailAsync(4)).Count);
        Assert.Same(Accepted.Instance, await requests.SendAsync(get));
        Assert.Equal(200, (await answers.MailAsync()).Property("statusCode"));
    }
}
