using System.Globalization;
using System.Text.Json;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Storage.Conformance;

namespace Restante.Heads.Amqp.Tests;

/// <summary>
/// Policies with scopes: a device outside is answered like one that does not exist, at every address and by every operation.
/// </summary>
public sealed class ScopeTests
{
    private const Rights Everything = Rights.RegistryRead | Rights.RegistryWrite | Rights.Send | Rights.TelemetryRead | Rights.InquiryAnswer;
    private const string Inside = "bus-oslo";
    private const string Outside = "bus-away";
    private const string Missing = "bus-none";
    private const string Unauthorized = "amqp:unauthorized-access";

    private static readonly (string Operation, string Type, string? Body, bool NamesMessage)[] s_operations =
    [
        ("READ", "device", null, false),
        ("READ", "device-keys", null, false),
        ("UPDATE", "device", """{"status":"enabled"}""", false),
        ("READ", "mailbox", null, false),
        ("QUERY", "mailbox", null, false),
        ("QUERY", "dead-letter", null, false),
        ("READ", "dead-letter", null, true),
        ("RESEND", "dead-letter", null, true),
        ("DELETE", "dead-letter", null, true),
        ("PURGE", "dead-letter", null, false),
        ("PURGE", "mailbox", null, false),
        ("DELETE", "device", null, false),
    ];

    [Fact]
    public async Task A_device_outside_is_answered_like_none_by_every_operation()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'").Value!);
        Requester management = await service.RequesterAsync("$management");
        foreach ((string operation, string type, string? body, bool namesMessage) in s_operations)
        {
            Reply there = await AskAsync(Outside), nowhere = await AskAsync(Missing), own = await AskAsync(Inside);
            Assert.Equal((404, nowhere.Status), (there.Status, there.Status));
            Assert.Equal(nowhere.Description.Replace(Missing, "@", StringComparison.Ordinal), there.Description.Replace(Outside, "@", StringComparison.Ordinal));
            Assert.Equal(nowhere.Mail.Bytes, there.Mail.Bytes);
            Assert.True(own.Status is >= 200 and < 300 || (namesMessage && own.Status == 404), $"{operation} {type}: {own.Status} {own.Description}");

            Task<Reply> AskAsync(string name) => management.AskAsync(
                body, ("operation", operation), ("type", type), ("name", name), ("identity", namesMessage ? "1" : null));
        }

        Reply rotate = await management.AskAsync(null, ("operation", "ROTATE"), ("type", "device-keys"), ("name", Outside), ("slot", "primary"));
        Assert.Equal(404, rotate.Status);
        Reply list = await management.AskAsync(null, ("operation", "QUERY"), ("type", "device"), ("audience", "id like 'bus-%'"));
        Assert.Empty(list.Items);
        Assert.Equal(403, (await management.AskAsync("CREATE", "device", "bus-new", """{"tags":{"city":"Bergen"}}""")).Status);
        Assert.Equal(400, (await management.AskAsync("CREATE", "device", "bus-new", $$"""{"tags":{"city":"Oslo"},"gateway":"{{Outside}}"}""")).Status);
        Assert.Null((await house.Gateway.Devices.FindAsync("bus-new")).Value);
    }

    [Fact]
    public async Task Who_reaches_outside_is_noted_and_who_asks_for_nothing_is_not()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'").Value!);
        Requester management = await service.RequesterAsync("$management");
        Assert.Equal(404, (await management.AskAsync(null, ("operation", "READ"), ("type", "device"), ("name", Missing))).Status);
        Assert.Equal(404, (await management.AskAsync(null, ("operation", "READ"), ("type", "device"), ("name", Outside))).Status);
        Assert.StartsWith("amqp:not-found", await RefusalAsync(await service.SenderAsync("devices"), Outside, Outside), StringComparison.Ordinal);
        List<JsonElement> entries = [.. (await house.Gateway.Audit.ReadAsync(0, AuditLog.MaxPage)).Value!.Records
            .Select(static r => JsonElement.Parse(r.Line.Span))
            .Where(static e => e.GetProperty("act").GetString() == "outsideScope")];
        JsonElement entry = entries[0]; // The second may be counted with it.
        Assert.Equal(
            ("not-found", "service", "oslo", "amqp", $"devices/{Outside}"),
            (Member("result"), Member("by"), Member("name"), Member("protocol"), Member("target")));
        Assert.All(entries, static e => Assert.DoesNotContain(Missing, e.GetRawText(), StringComparison.Ordinal));

        string? Member(string name) => entry.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Commands_of_a_device_outside_are_like_none_and_none_is_sent_there()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'").Value!);
        Sequence outside = await house.SendAsync("x", Outside), inside = await house.SendAsync("x", Inside);
        Requester management = await service.RequesterAsync("$management");
        foreach (string operation in (string[])["READ", "CANCEL"])
        {
            Reply there = await management.AskAsync(operation, "command", identity: $"{outside}");
            Reply nowhere = await management.AskAsync(operation, "command", identity: "99");
            Assert.Equal((404, nowhere.Status), (there.Status, there.Status));
            Assert.Equal(nowhere.Description.Replace("99", "@", StringComparison.Ordinal), there.Description.Replace($"{outside}", "@", StringComparison.Ordinal));
            Assert.True((await management.AskAsync(operation, "command", identity: $"{inside}")).Status < 300);
        }

        Detached reports = await service.RefusedAsync($"reports/{outside}", sends: false), none = await service.RefusedAsync("reports/99", sends: false);
        Assert.Equal(none.Condition, reports.Condition);
        Assert.Equal(none.Text!.Replace("99", "@", StringComparison.Ordinal), reports.Text!.Replace($"{outside}", "@", StringComparison.Ordinal));
        await service.ReceiverAsync($"reports/{inside}", 1);
        Line any = await service.SenderAsync("devices");
        foreach ((string own, string way) in new[] { (Outside, Missing), ("devices/" + Outside, "devices/" + Missing) })
            Assert.Equal(await RefusalAsync(any, way, Missing), await RefusalAsync(any, own, Outside));
        Line toOutside = await service.SenderAsync("devices/" + Outside), toMissing = await service.SenderAsync("devices/" + Missing);
        Assert.Equal(await RefusalAsync(toMissing, null, Missing), await RefusalAsync(toOutside, null, Outside));
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("devices/" + Inside)).SendAsync("x"));
    }

    [Fact]
    public async Task Feeds_pass_over_what_is_outside()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'", null, ["own"], ["", "position"]).Value!);
        foreach (string device in (string[])[Outside, Inside, Outside, Inside])
        {
            await house.PublishAsync("without", device);
            await house.PublishAsync("with", device, "position");
            await house.PublishAsync("other", device, "other");
            Sequence ended = await house.SendAsync("x", device);
            await house.Gateway.Reports.ReportAsync(await PrincipalAsync(house, device), ended, Content("r"), isFinal: false);
            await house.Gateway.Mailboxes.CancelAsync(ended, "tests");
        }

        foreach (string address in (string[])["telemetry", "telemetry/own"])
        {
            List<Mail> mail = await (await service.ReceiverAsync(address, 20)).MailAsync(4);
            Assert.Equal(["with", "with", "without", "without"], mail.Select(m => m.Body).Order());
            Assert.All(mail, m => Assert.Equal(Inside, m.Annotation("x-opt-restante-device")));
        }

        List<Mail> outcomes = await (await service.ReceiverAsync("outcomes/oslo", 20)).MailAsync(2);
        Assert.All(outcomes, m => Assert.Equal(Inside, m.Property("device")));
        List<Mail> reports = await (await service.ReceiverAsync("reports/oslo", 20)).MailAsync(2);
        Assert.Equal(2, reports.Count);
        Mail first = await (await service.ReceiverAsync("events", 1)).MailAsync();
        Assert.Contains(Inside, first.Body, StringComparison.Ordinal);
        Assert.Equal(Unauthorized, (await service.RefusedAsync("outcomes", sends: false)).Condition);
        Assert.Equal(Unauthorized, (await service.RefusedAsync("reports", sends: false)).Condition);
        Assert.Equal(Unauthorized, (await service.RefusedAsync("outcomes/other", sends: false)).Condition);
        Assert.Equal(Unauthorized, (await service.RefusedAsync("telemetry/others", sends: false)).Condition);
    }

    [Fact]
    public async Task Inquiries_come_from_devices_inside_and_of_subjects_of_the_scope()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'", ["weather"]).Value!);
        InquiryHub inquiries = house.Gateway.Inquiries;
        AskedInquiry outside = (await inquiries.AskAsync(await PrincipalAsync(house, Outside), "weather", "q", Content("?"), null, false)).Value!;
        AskedInquiry inside = (await inquiries.AskAsync(await PrincipalAsync(house, Inside), "weather", "q", Content("?"), null, false)).Value!;
        Mail asked = await (await service.ReceiverAsync("inquiries/weather", 10)).MailAsync();
        Assert.Equal(Inside, asked.Annotation("x-opt-restante-device"));
        Line answers = await service.SenderAsync("answers");
        Assert.Equal(await AnswerAsync("99"), await AnswerAsync($"{outside.Inquiry.Number}"));
        Assert.Equal("accepted", await AnswerAsync($"{inside.Inquiry.Number}"));
        Assert.Equal(Unauthorized, (await service.RefusedAsync("inquiries/traffic", sends: false)).Condition);
        Assert.Equal(Unauthorized, (await service.RefusedAsync("inquiries/traffic/ended", sends: false)).Condition);

        async Task<string> AnswerAsync(string number)
        {
            AmqpMessage message = AmqpMessage.FromData("!"u8.ToArray());
            message.Properties = new MessageProperties { CorrelationId = number };
            return Text(await answers.SendAsync(message), number);
        }
    }

    [Fact]
    public async Task Notifications_go_to_the_scope_of_their_sender()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'").Value!);
        Line mailbox = await (await house.ConnectAsync(Outside)).ReceiverAsync("mailbox", 10);
        Line own = await (await house.ConnectAsync(Inside)).ReceiverAsync("mailbox", 10);
        AmqpMessage message = AmqpMessage.FromData("all"u8.ToArray());
        message.ApplicationProperties = new AmqpMap { ["audience"] = "id like 'bus-%'" };
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("notifications")).SendAsync(message));
        Assert.Same(Accepted.Instance, await (await service.SenderAsync("groups/buses")).SendAsync("group"));
        Assert.Equal(["all", "group"], (await own.MailAsync(2)).Select(m => m.Body));
        await house.SendAsync("last", Outside);
        Assert.Equal("last", (await mailbox.MailAsync()).Body);
    }

    [Fact]
    public async Task A_connection_ends_when_the_scope_of_its_policy_changes()
    {
        await using var house = new House();
        Peer service = await OpenAsync(house, PolicyScope.Create("tags.city = 'Oslo'").Value!);
        await house.Gateway.Policies.SetScopeAsync("oslo", PolicyScope.Create("tags.city = 'Bergen'").Value!);
        Goodbye goodbye = await service.Closed;
        Assert.Equal((Unauthorized, "The scope of the policy was changed."), (goodbye.Condition, goodbye.Text));
    }

    [Fact]
    public async Task A_device_comes_into_no_group_of_anothers_scope_and_acts_have_a_budget()
    {
        await using var house = new House(
            limits: new GatewayLimits { MaxActsPerDayPerScopedPolicy = 4, MaxAuthenticationFailuresPerMinute = 0 }, time: new HandTime());
        await house.Gateway.Policies.CreateAsync("other", Everything, null, PolicyScope.Create("groups has 'trams'").Value!);
        Peer service = await OpenAsync(house, PolicyScope.Create("groups has 'buses'").Value!);
        Requester management = await service.RequesterAsync("$management");
        Assert.Equal(201, (await management.AskAsync("CREATE", "device", "bus-1", """{"groups":["buses"]}""")).Status);
        Reply refused = await management.AskAsync("CREATE", "device", "bus-2", """{"groups":["buses","trams"]}""");
        Assert.Equal(403, refused.Status);
        Assert.Equal(
            "The group 'trams' is part of another policy's scope: a policy without a scope puts devices into it.", refused.Description);
        Assert.Equal(403, (await management.AskAsync("UPDATE", "device", "bus-1", """{"groups":["buses","trams"]}""")).Status);

        Assert.Equal(204, (await management.AskAsync("DELETE", "device", "bus-1")).Status);
        Reply spent = await management.AskAsync("CREATE", "device", "bus-1", """{"groups":["buses"]}""");
        Assert.Equal(
            (429, "The policy 'oslo' has done more than its quota of 4 acts in a day. Come back in 21600000 ms."),
            (spent.Status, spent.Description));
        Assert.Equal(429, (await management.AskAsync("READ", "device-keys", Inside)).Status);
        Assert.Equal(200, (await management.AskAsync("READ", "device", Inside)).Status);
        Assert.Null((await house.Gateway.Devices.FindAsync("bus-1")).Value);
    }

    private static async Task<Peer> OpenAsync(House house, PolicyScope scope)
    {
        foreach ((string id, string city) in new[] { (Inside, "Oslo"), (Outside, "Bergen") })
            await house.Gateway.Devices.CreateAsync(id, tags: $$"""{"city":"{{city}}"}""", groups: ["buses"]);
        PolicyRecord policy = (await house.Gateway.Policies.CreateAsync("oslo", Everything, null, scope)).Value!;
        return await house.OpenAsync("policy/oslo", policy.PrimaryKey.Reveal());
    }

    private static async Task<DevicePrincipal> PrincipalAsync(House house, string id)
    {
        DeviceRecord device = await house.DeviceAsync(id);
        return new DevicePrincipal(device.Id, device.Number, CredentialSlot.Primary, long.MaxValue);
    }

    private static async Task<string> RefusalAsync(Line line, string? to, string id)
    {
        AmqpMessage message = AmqpMessage.FromData("x"u8.ToArray());
        message.Properties = new MessageProperties { To = to };
        return Text(await line.SendAsync(message), id);
    }

    private static string Text(DeliveryState? state, string id) => state switch
    {
        Rejected rejected => string.Create(
            CultureInfo.InvariantCulture, $"{rejected.Error!.Condition.Value} {rejected.Error.Description!.Replace(id, "@", StringComparison.Ordinal)}"),
        Accepted => "accepted",
        _ => $"{state}",
    };

    private static byte[] Content(string body) => new MessageContent { Body = System.Text.Encoding.UTF8.GetBytes(body) }.Encode();
}
