using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Storage.Conformance;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Services manage devices, commands, mailboxes and dead letters by requests to <c>$management</c>.</summary>
public sealed class ManagementTests
{
    [Fact]
    public async Task Devices_are_created_read_changed_listed_and_removed()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryRead | Rights.RegistryWrite);
        await house.DeviceAsync("hub");
        var wish = new AmqpMap
        {
            { "status", "enabled" },
            { "tags", new AmqpMap { { "city", "Oslo" }, { "floors", new List<object?> { 1, 2.5, true, null } } } },
            { "groups", new List<object?> { "buses", "all" } },
            { "gateway", "hub" },
        };
        Reply created = await management.AskAsync("CREATE", "device", "bus-1", wish);
        Assert.Equal((201, "bus-1", "hub"), (created.Status, created["name"], created["gateway"]));
        DeviceRecord stored = await house.DeviceAsync("bus-1");
        Assert.Equal(stored.PrimaryKey.Reveal(), created["primary-key"]);
        Assert.Equal("""{"city":"Oslo","floors":[1,2.5,true,null]}""", stored.Tags);
        Assert.Equal(["all", "buses"], stored.Groups);
        Assert.Equal(409, (await management.AskAsync("CREATE", "device", "bus-1")).Status);

        Reply read = await management.AskAsync("READ", "device", "bus-1");
        Assert.Equal((200, "Oslo", null), (read.Status, ((AmqpMap)read["tags"]!)["city"], read["primary-key"]));
        Reply changed = await management.AskAsync("UPDATE", "device", "bus-1", """{"status":"disabled","tags":{"city":"Bergen"},"gateway":null}""");
        Assert.Equal((200, "disabled", null), (changed.Status, changed["status"], changed["gateway"]));
        Reply stale = await management.AskAsync(
            new AmqpMap { { "groups", new List<object?>() } }, ("operation", "UPDATE"), ("type", "device"), ("name", "bus-1"), ("if-version", 1));
        Assert.Equal(412, stale.Status);

        await house.DeviceAsync("truck");
        Reply page = await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("count", 2));
        Assert.Equal(["bus-1", "hub"], page.Items.Select(d => d["name"]));
        Assert.Equal("hub", page["next"]);
        page = await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("after", "hub"));
        Assert.Equal(["truck"], page.Items.Select(d => d["name"]));
        page = await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("audience", "tags.city = 'Bergen'"));
        Assert.Equal(["bus-1"], page.Items.Select(d => d["name"]));
        Assert.Equal(400, (await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("audience", "tags.city ="))).Status);

        Reply keys = await management.AskAsync(null, ("operation", "ROTATE"), ("type", "device-keys"), ("name", "bus-1"), ("slot", "secondary"));
        Assert.Equal((await house.DeviceAsync("bus-1")).SecondaryKey.Reveal(), keys["secondary-key"]);
        Assert.NotEqual(created["secondary-key"], keys["secondary-key"]);
        Assert.Equal(keys["secondary-key"], (await management.AskAsync("READ", "device-keys", "bus-1"))["secondary-key"]);
        Assert.Equal(204, (await management.AskAsync("DELETE", "device", "bus-1")).Status);
        Assert.Equal(404, (await management.AskAsync("READ", "device", "bus-1")).Status);
        Assert.Equal(404, (await management.AskAsync("DELETE", "device", "bus-1")).Status);
    }

    [Fact]
    public async Task A_page_ends_by_bytes_and_the_next_one_goes_on_there()
    {
        const int Devices = 40;
        await using var house = new House();
        string tags = $$"""{"t":"{{new string('x', 8_000)}}"}""";
        for (int i = 0; i < Devices; i++)
            Assert.True((await house.Gateway.Devices.CreateAsync($"d{i:D2}", tags: tags)).IsSuccess);
        Requester management = await ManagementAsync(house, Rights.RegistryRead);
        Reply first = await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("count", 1_000));
        Assert.InRange(first.Items.Count, 1, 256 * 1024 / 8_000);
        Reply rest = await management.AskAsync(
            null, ("operation", "QUERY"), ("type", "device"), ("count", 1_000), ("after", first["next"]));
        Assert.Equal(Devices, first.Items.Concat(rest.Items).Select(d => (string)d["name"]!).Where(n => n[0] == 'd').Distinct().Count());
    }

    [Fact]
    public async Task A_device_is_created_with_its_gateway_in_one_change()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryWrite);
        await house.DeviceAsync("hub");
        Assert.Equal(201, (await management.AskAsync("CREATE", "device", "bus-1", """{"gateway":"hub"}""")).Status);
        DeviceRecord stored = await house.DeviceAsync("bus-1");
        Assert.Equal(("hub", 1), (stored.Gateway?.Value, stored.Version));
    }

    [Theory]
    [InlineData("""{"status":"asleep"}""", "'status'")]
    [InlineData("""{"tags":"x"}""", "'tags'")]
    [InlineData("""{"groups":"x"}""", "'groups'")]
    [InlineData("""{"groups":[1]}""", "'groups'")]
    [InlineData("""{"groups":["bad name"]}""", "bad name")]
    [InlineData("""{"gateway":"nobody"}""", "nobody")]
    [InlineData("""{"primary-key":"short"}""", "'primary-key'")]
    [InlineData("""{"primary-key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}""", "drawn at random")]
    [InlineData("""{"secondary-key":7}""", "'secondary-key'")]
    [InlineData("""{"colour":"red"}""", "'colour'")]
    [InlineData("[1]", "map")]
    [InlineData("{", "map")]
    [InlineData("""{"status":"enabled","status":"disabled"}""", "twice")]
    [InlineData("""{"tags":{"a":{"b":1,"b":2}}}""", "twice")]
    [InlineData("""{"tags":{"a":"\ud800"}}""", "half a character")]
    public async Task What_a_device_cannot_be_is_refused_by_name_and_creates_nothing(string body, string named)
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryWrite);
        Reply refused = await management.AskAsync("CREATE", "device", "bus-1", body);
        Assert.Equal(400, refused.Status);
        Assert.Contains(named, refused.Description, StringComparison.Ordinal);
        Assert.Null((await house.Gateway.Devices.FindAsync("bus-1")).Value);
    }

    public static TheoryData<object?, string> NoDevices { get; } = new()
    {
        { new List<object?> { "bus-1" }, "must be a map" },
        { 7, "must be a map" },
        { true, "must be a map" },
        { "text", "must be a map" },
        { new AmqpMap { { "tags", new AmqpMap { { "speed", double.NaN } } } }, "'tags.speed'" },
        { new AmqpMap { { "tags", new AmqpMap { { "a", new List<object?> { 1.5, float.NegativeInfinity } } } } }, "'tags.a[1]'" },
    };

    [Theory]
    [MemberData(nameof(NoDevices))]
    public async Task A_body_that_is_no_device_is_not_taken_for_none(object? body, string named)
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryWrite);
        Reply refused = await management.AskAsync("CREATE", "device", "bus-1", body);
        Assert.Equal(400, refused.Status);
        Assert.Contains(named, refused.Description, StringComparison.Ordinal);
        Assert.Null((await house.Gateway.Devices.FindAsync("bus-1")).Value);
    }

    [Theory]
    [InlineData("CREATE", "device")]
    [InlineData("READ", "device")]
    [InlineData("DELETE", "device")]
    [InlineData("READ", "device-keys")]
    [InlineData("PURGE", "mailbox")]
    [InlineData("QUERY", "dead-letter")]
    public async Task A_request_that_names_no_device_is_told_so(string operation, string type)
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryRead | Rights.RegistryWrite);
        Reply refused = await management.AskAsync(operation, type);
        Assert.Equal(400, refused.Status);
        Assert.Contains("'name' is missing", refused.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"n":9007199254740993,"m":9007199254740993.0,"x":1e400,"y":1.10,"z":18446744073709551616}""")]
    [InlineData("""{ "a" : [ 1E3, "\u00e9" ] }""")]
    public async Task Tags_that_come_as_json_are_kept_as_they_were_written(string tags)
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryRead | Rights.RegistryWrite);
        Assert.Equal(201, (await management.AskAsync("CREATE", "device", "bus-1", $$"""{"tags":{{tags}}}""")).Status);
        Assert.Equal(tags, (await house.DeviceAsync("bus-1")).Tags);
        Assert.Equal(200, (await management.AskAsync("READ", "device", "bus-1")).Status);
        Assert.Equal(200, (await management.AskAsync("UPDATE", "device", "bus-1", $$$"""{"tags":{"k":{{{tags}}}}}""")).Status);
        Assert.Equal($$"""{"k":{{tags}}}""", (await house.DeviceAsync("bus-1")).Tags);
    }

    [Fact]
    public async Task Commands_are_looked_up_and_cancelled()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.Send);
        Sequence waiting = await house.SendAsync("one"), handed = await house.SendAsync("two");
        Assert.Equal("waiting", (await management.AskAsync("READ", "command", identity: $"{waiting}"))["state"]);
        Assert.Equal(204, (await management.AskAsync("CANCEL", "command", identity: $"{waiting}")).Status);
        Reply ended = await management.AskAsync("READ", "command", identity: $"{waiting}");
        Assert.Equal(("ended", "cancelled", "Cancelled by may-4."), (ended["state"], ended["outcome"], ended["reason"]));
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 1);
        await mailbox.MailAsync();
        Assert.Equal("leased", (await management.AskAsync("READ", "command", identity: $"{handed}"))["state"]);
        Assert.Equal(409, (await management.AskAsync("CANCEL", "command", identity: $"{handed}")).Status);
        Assert.Equal(404, (await management.AskAsync("CANCEL", "command", identity: $"{waiting}")).Status);
        Assert.Equal(404, (await management.AskAsync("READ", "command", identity: "99")).Status);
        Assert.Equal(404, (await management.AskAsync("READ", "command", identity: "x")).Status);
    }

    [Fact]
    public async Task Mailboxes_are_browsed_and_purged_and_dead_letters_sent_again()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.Admin);
        Line mailbox = await (await house.ConnectAsync()).ReceiverAsync("mailbox", 2);
        Sequence rejected = await house.SendAsync("rejected"), deleted = await house.SendAsync("deleted");
        foreach (Mail mail in await mailbox.MailAsync(2))
            await mailbox.SettleAsync(mail, new Restante.Amqp.Messaging.Rejected(new Restante.Amqp.AmqpError("my:error", "No.")));
        await house.OutcomeAsync(deleted);
        Reply shelf = await management.AskAsync("QUERY", "dead-letter", "truck");
        Assert.Equal([rejected.ToString(), deleted.ToString()], shelf.Items.Select(m => m["identity"]));
        Reply one = await management.AskAsync("READ", "dead-letter", "truck", identity: $"{rejected}");
        Assert.Equal(("rejected", "No.", "rejected"), (one["outcome"], one["reason"], System.Text.Encoding.UTF8.GetString((byte[])one["body"]!)));
        Assert.Equal(204, (await management.AskAsync("DELETE", "dead-letter", "truck", identity: $"{deleted}")).Status);
        Reply resent = await management.AskAsync("RESEND", "dead-letter", "truck", identity: $"{rejected}");
        Assert.Equal(201, resent.Status);
        Assert.Equal(404, (await management.AskAsync("RESEND", "dead-letter", "truck", identity: $"{rejected}")).Status);
        Assert.Equal(0, (await management.AskAsync("PURGE", "dead-letter", "truck"))["deleted"]);

        await house.SendAsync("more");
        Reply info = await management.AskAsync("READ", "mailbox", "truck");
        Assert.Equal(2, info["depth"]);
        Reply page = await management.AskAsync(null, ("operation", "QUERY"), ("type", "mailbox"), ("name", "truck"), ("count", 1));
        AmqpMap message = Assert.Single(page.Items);
        Assert.Equal((resent["identity"], rejected.ToString(), resent["identity"]), (message["identity"], message["resend-of"], page["next"]));
        Assert.Equal(2, (await management.AskAsync("PURGE", "mailbox", "truck"))["ended"]);
        Assert.Equal(404, (await management.AskAsync("READ", "mailbox", "nobody")).Status);
    }

    public static TheoryData<string, string, int> Needs { get; } = new()
    {
        { "CREATE", "device", (int)Rights.RegistryWrite },
        { "READ", "device", (int)Rights.RegistryRead },
        { "UPDATE", "device", (int)Rights.RegistryWrite },
        { "DELETE", "device", (int)Rights.RegistryWrite },
        { "QUERY", "device", (int)Rights.RegistryRead },
        { "READ", "device-keys", (int)Rights.RegistryWrite },
        { "ROTATE", "device-keys", (int)Rights.RegistryWrite },
        { "READ", "command", (int)Rights.Send },
        { "CANCEL", "command", (int)Rights.Send },
        { "READ", "mailbox", (int)Rights.RegistryRead },
        { "QUERY", "mailbox", (int)Rights.RegistryRead },
        { "PURGE", "mailbox", (int)Rights.RegistryWrite },
        { "QUERY", "dead-letter", (int)Rights.RegistryRead },
        { "READ", "dead-letter", (int)Rights.RegistryRead },
        { "DELETE", "dead-letter", (int)Rights.RegistryWrite },
        { "PURGE", "dead-letter", (int)Rights.RegistryWrite },
        { "RESEND", "dead-letter", (int)Rights.RegistryWrite },
    };

    [Theory]
    [MemberData(nameof(Needs))]
    public async Task Each_operation_needs_its_right_and_no_other(string operation, string type, int right)
    {
        await using var house = new House();
        foreach (Rights one in new[] { Rights.RegistryRead, Rights.RegistryWrite, Rights.Send, Rights.TelemetryRead, Rights.InquiryAnswer })
        {
            Requester management = await ManagementAsync(house, one);
            Reply reply = await management.AskAsync(operation, type, "no id", identity: "x");
            Assert.Equal(one == (Rights)right, reply.Status != 403);
            if (reply.Status == 403)
                Assert.Contains($"the right '{RightNames.Of((Rights)right)[0]}'", reply.Description, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_request_that_is_too_large_to_be_read_is_rejected()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.Admin);
        object? deep = null;
        for (int i = 0; i < 20; i++)
            deep = new List<object?> { deep };
        foreach (object? body in new[] { deep, Enumerable.Repeat<object?>(true, 20_000).ToList() })
        {
            var request = Restante.Amqp.Messaging.AmqpMessage.FromValue(body);
            var rejected = Assert.IsType<Restante.Amqp.Messaging.Rejected>(await management.Requests.SendAsync(request));
            Assert.Equal("amqp:decode-error", rejected.Error!.Condition.Value);
        }
    }

    [Fact]
    public async Task What_is_no_operation_is_malformed()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.Admin);
        Assert.Equal(400, (await management.AskAsync("SELL", "device")).Status);
        Assert.Equal(400, (await management.AskAsync(null)).Status);
        Assert.Equal(400, (await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("count", "many"))).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_look_through_the_devices_ends_with_the_connection_that_asked_for_it(bool isBroken)
    {
        await using var house = new House();
        await house.DeviceAsync("bus-1");
        await house.DeviceAsync("bus-2");
        Requester management = await ManagementAsync(house, Rights.RegistryRead);
        Hooks.Gate gate = house.Hooks.HoldResult("list-devices");
        await management.Requests.StartAsync(Query().Encode());
        await gate.Reached;
        Looker looker = Assert.Single(house.Lookers);
        Assert.Equal(("may-" + (int)Rights.RegistryRead, false), (looker.Policy, looker.Cancellation.IsCancellationRequested));

        if (isBroken)
            await management.Requests.Peer.BreakAsync();
        else
            await management.Requests.Peer.CloseAsync();
        await House.UntilAsync(() => looker.Cancellation.IsCancellationRequested);
        gate.Open();
        Reply other = await (await ManagementAsync(house, Rights.RegistryRead)).AskAsync("QUERY", "device");
        Assert.Equal(2, other.Items.Count);
        Assert.False(house.Lookers.Last().Cancellation.IsCancellationRequested);
    }

    [Fact]
    public async Task Whether_a_notification_is_for_nobody_is_not_found_out_for_a_connection_that_is_over()
    {
        await using var house = new House();
        Peer sender = await house.ServiceAsync(Rights.Send);
        Line line = await sender.SenderAsync("groups/buses");
        Hooks.Gate gate = house.Hooks.Hold("list-devices");
        await line.StartAsync(AmqpMessage.FromValue("x").Encode());
        await gate.Reached;
        await sender.BreakAsync();
        await House.UntilAsync(() => Assert.Single(house.Lookers).Cancellation.IsCancellationRequested);
        gate.Open();
        Assert.Single((await house.Gateway.Notifications.ListAsync(default, 10)).Value!); // What is stored stays sent.
    }

    private static AmqpMessage Query()
    {
        AmqpMessage request = AmqpMessage.FromValue(null);
        request.Properties = new MessageProperties { MessageId = 1UL };
        request.ApplicationProperties = new() { ["operation"] = "QUERY", ["type"] = "device", ["audience"] = "true", ["count"] = 1_000 };
        return request;
    }

    private static async Task<Requester> ManagementAsync(House house, Rights rights) => await (await house.ServiceAsync(rights)).RequesterAsync("$management");
}
