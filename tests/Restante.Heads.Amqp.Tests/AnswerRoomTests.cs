using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Answers that nobody takes are bounded by their bytes, over all links of a connection.</summary>
public sealed class AnswerRoomTests
{
    private static readonly AmqpHeadOptions s_options = new() { MaxBytesInFlight = 1024 * 1024 };

    [Fact]
    public async Task Answers_that_wait_for_credit_are_bounded_over_all_links()
    {
        await using var house = new House(s_options);
        Peer service = await WithFullMailboxAsync(house);
        Line requests = await service.SenderAsync("$management");
        (Line first, string toFirst) = await RepliesAsync(service);
        (Line second, string toSecond) = await RepliesAsync(service);

        // An answer has some 240 KB, and one that is asked for counts 256 KiB.
        for (int i = 0; i < 4; i++)
            Assert.Same(Accepted.Instance, await requests.SendAsync(Query(i % 2 == 0 ? toFirst : toSecond)));
        Assert.Same(Released.Instance, await requests.SendAsync(Query(toFirst)));
        Assert.Same(Released.Instance, await requests.SendAsync(Query(toSecond)));
        Assert.Same(Released.Instance, await requests.SendAsync(Query((await RepliesAsync(service)).Address)));

        // What is small has room beside them.
        Assert.Same(Accepted.Instance, await requests.SendAsync(Request("READ", "device", toSecond)));

        // One is taken: one can be asked for. A link that goes takes its own with it.
        await first.CreditAsync(1);
        await first.MailAsync();
        Assert.Same(Accepted.Instance, await requests.SendAsync(Query(toFirst)));
        Assert.Same(Released.Instance, await requests.SendAsync(Query(toFirst)));
        await second.DetachAsync();
        await second.NextAsync<Detached>();
        Assert.Same(Accepted.Instance, await requests.SendAsync(Query(toFirst)));
        await first.CreditAsync(10);
        foreach (Mail mail in await first.MailAsync(3))
            Assert.Equal(200, mail.Property("statusCode"));

        // All are taken; as many can be asked for as in the beginning.
        for (int i = 0; i < 4; i++)
        {
            Assert.Same(Accepted.Instance, await requests.SendAsync(Query(toFirst)));
            await first.MailAsync();
        }
    }

    [Fact]
    public async Task A_request_under_way_counts_as_the_largest_answer()
    {
        await using var house = new House(s_options);
        Peer service = await WithFullMailboxAsync(house);
        Line requests = await service.SenderAsync("$management");
        (Line replies, string address) = await RepliesAsync(service);
        await replies.CreditAsync(100);
        Hooks.Gate gate = house.Hooks.Hold("find-device");
        var asked = new List<Task<DeliveryState?>>();

        // A page has 256 KiB, and an answer the id of its request besides.
        for (int i = 0; i < 3; i++)
            asked.Add((await requests.StartAsync(Query(address).Encode())).Answer.Task);
        Assert.Same(Released.Instance, await requests.SendAsync(Query(address)));
        gate.Open();
        Assert.Equal(3, (await replies.MailAsync(3)).Count);
        Assert.All(await Task.WhenAll(asked), state => Assert.Same(Accepted.Instance, state));
        Assert.Same(Accepted.Instance, await requests.SendAsync(Query(address)));
        await replies.MailAsync();
    }

    [Fact]
    public async Task One_answer_is_let_in_whatever_it_has()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 });
        Peer service = await WithFullMailboxAsync(house);
        Line requests = await service.SenderAsync("$management");
        (Line replies, string address) = await RepliesAsync(service);
        Assert.Same(Accepted.Instance, await requests.SendAsync(Query(address)));
        Assert.Same(Released.Instance, await requests.SendAsync(Request("READ", "device", address)));
        await replies.CreditAsync(1);
        Assert.InRange((await replies.MailAsync()).Bytes, 200_000, 256 * 1024);
        Assert.Same(Accepted.Instance, await requests.SendAsync(Request("READ", "device", address)));
    }

    [Fact]
    public async Task A_token_is_answered_though_other_answers_take_all_the_room()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 });
        Peer service = await WithFullMailboxAsync(house);
        (_, string address) = await RepliesAsync(service);
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("$management")).SendAsync(Query(address)));
        Line put = await service.SenderAsync("$cbs"), answers = await service.ReceiverAsync("$cbs", 10);
        Assert.Same(Accepted.Instance, await put.SendAsync(Token("put")));
        Assert.Equal(400, (await answers.MailAsync()).Property("status-code"));
    }

    [Fact]
    public async Task Answers_about_tokens_that_wait_for_credit_are_bounded_over_all_links()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 });
        Peer service = await WithFullMailboxAsync(house);
        Line put = await service.SenderAsync("$cbs");
        Line first = await TokenRepliesAsync(service, "first"), second = await TokenRepliesAsync(service, "second");
        string longest = new('\u00e9', 128);
        for (int i = 0; i < 64; i++)
            Assert.Same(Accepted.Instance, await put.SendAsync(Token(longest, i % 2 == 0 ? "first" : "second")));
        Assert.Same(Released.Instance, await put.SendAsync(Token("one more", "first")));
        Assert.Same(Released.Instance, await put.SendAsync(Token("one more", "second")));

        // They take no room from other answers: one is let in whatever it has.
        (_, string address) = await RepliesAsync(service);
        Line requests = await service.SenderAsync("$management");
        Assert.Same(Accepted.Instance, await requests.SendAsync(Query(address)));

        // One is taken: one has room. A link that goes takes its own with it.
        await first.CreditAsync(1);
        Assert.Equal(longest, (await first.MailAsync()).Message.Properties?.CorrelationId);
        Assert.Same(Accepted.Instance, await put.SendAsync(Token("next", "first")));
        Assert.Same(Released.Instance, await put.SendAsync(Token("one more", "first")));
        await second.DetachAsync();
        await second.NextAsync<Detached>();
        for (int i = 0; i < 32; i++)
            Assert.Same(Accepted.Instance, await put.SendAsync(Token("again", "first")));
        Assert.Same(Released.Instance, await put.SendAsync(Token("one more", "first")));
    }

    [Fact]
    public async Task The_id_of_a_message_with_a_token_has_an_end()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line put = await device.SenderAsync("$cbs"), answers = await device.ReceiverAsync("$cbs", 10);
        foreach (object id in new object[] { new string('i', 257), new string('\u00e9', 129), new byte[257] })
        {
            var refused = Assert.IsType<Rejected>(await put.SendAsync(Token(id)));
            Assert.Contains("256 bytes", refused.Error!.Description, StringComparison.Ordinal);
        }

        foreach (object id in new object[] { new string('i', 256), new byte[256], 7ul, Guid.NewGuid() })
        {
            Assert.Same(Accepted.Instance, await put.SendAsync(Token(id)));
            Assert.Equal(id, (await answers.MailAsync()).Message.Properties?.CorrelationId);
        }
    }

    [Fact]
    public async Task Two_hundred_small_requests_are_under_way_at_once()
    {
        await using var house = new House();
        await house.DeviceAsync();
        Peer service = await house.ServiceAsync(Rights.RegistryRead);
        Line requests = await service.SenderAsync("$management");
        (Line replies, string address) = await RepliesAsync(service);
        await replies.CreditAsync(200);
        Hooks.Gate gate = house.Hooks.Hold("find-device");
        for (int i = 0; i < 200; i++)
            await requests.StartAsync(Request("READ", "device", address).Encode());
        await House.UntilAsync(() => gate.Waiting == 200);
        gate.Open();
        Assert.Equal(200, (await replies.MailAsync(200)).Count);
    }

    [Fact]
    public async Task An_address_for_answers_has_an_end()
    {
        await using var house = new House();
        Peer device = await house.ConnectAsync();
        Line refused = await device.StartAttachAsync("state", sends: false, replyTo: new string('a', 1_025));
        Assert.Equal("amqp:invalid-field", (await refused.NextAsync<Detached>()).Condition);
        await (await device.StartAttachAsync("state", sends: false, replyTo: new string('a', 1_024))).NextAsync<Attached>();
    }

    private static async Task<Peer> WithFullMailboxAsync(House house)
    {
        for (int i = 0; i < 5; i++)
            await house.SendAsync(new string('x', 60_000));
        return await house.ServiceAsync(Rights.RegistryRead);
    }

    private static async Task<(Line Replies, string Address)> RepliesAsync(Peer service)
    {
        Line replies = await service.StartAttachAsync(null, sends: false, replyTo: "");
        return (replies, (await replies.NextAsync<Attached>()).Attach.Source!.Address!);
    }

    private static async Task<Line> TokenRepliesAsync(Peer peer, string address)
    {
        Line replies = await peer.StartAttachAsync("$cbs", sends: false, replyTo: address);
        await replies.NextAsync<Attached>();
        return replies;
    }

    // What is no token: it is answered, and tried as nobody's.
    private static AmqpMessage Token(object id, string replyTo = "cbs")
    {
        AmqpMessage token = AmqpMessage.FromValue("none");
        token.Properties = new MessageProperties { MessageId = id, ReplyTo = replyTo };
        token.ApplicationProperties = new() { { "operation", "put-token" }, { "type", "jwt" } };
        return token;
    }

    private static AmqpMessage Query(string replyTo) => Request("QUERY", "mailbox", replyTo);

    private static AmqpMessage Request(string operation, string type, string replyTo)
    {
        AmqpMessage request = AmqpMessage.FromValue(null);
        request.Properties = new MessageProperties { MessageId = "m", ReplyTo = replyTo };
        request.ApplicationProperties = new() { { "operation", operation }, { "type", type }, { "name", "truck" } };
        return request;
    }
}
