using System.Text;
using System.Text.Json;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>What is asked of <c>$management</c> and refused on links stands in the audit log.</summary>
public sealed class AuditTests
{
    private static readonly string[] s_operations = ["CREATE", "READ", "UPDATE", "DELETE", "QUERY", "ROTATE", "CANCEL", "PURGE", "RESEND"];
    private static readonly string[] s_types = ["device", "device-keys", "command", "mailbox", "dead-letter", "policy", "authority", "enrolment"];

    [Fact]
    public async Task Every_operation_that_changes_something_or_shows_keys_makes_an_entry()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.Admin);
        int acts = 0;
        foreach (string type in s_types)
        {
            foreach (string operation in s_operations)
            {
                int before = (await EntriesAsync(house)).Count;
                Reply reply = await management.AskAsync(
                    null, ("operation", operation), ("type", type), ("name", "nobody"), ("identity", "4711"), ("slot", "primary"));
                if (reply.Description.StartsWith("There is no such operation", StringComparison.Ordinal))
                    continue;
                bool isAct = operation is not ("READ" or "QUERY") || type == "device-keys";
                Assert.True(isAct == ((await EntriesAsync(house)).Count > before), $"{operation} of {type}: {reply.Status} {reply.Description}");
                acts += isAct ? 1 : 0;
            }
        }

        Assert.True(acts >= 10);
    }

    [Fact]
    public async Task An_act_is_noted_as_over_HTTPS_and_shows_no_key()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryRead | Rights.RegistryWrite);
        await management.AskAsync("CREATE", "device", "truck-17");
        await management.AskAsync(null, ("operation", "ROTATE"), ("type", "device-keys"), ("name", "truck-17"), ("slot", "secondary"));
        await management.AskAsync("READ", "device-keys", "truck-17");
        await management.AskAsync("PURGE", "mailbox", "truck-17");
        DeviceRecord device = await house.DeviceAsync("truck-17");
        List<JsonElement> entries = await EntriesAsync(house);
        Assert.Equal(
            [
                ("createDevice", "devices/truck-17"), ("rotateDeviceKey", "devices/truck-17/keys/secondary"),
                ("getDeviceKeys", "devices/truck-17"), ("purgeMailbox", "devices/truck-17"),
            ],
            entries.Select(e => (Text(e, "act"), Text(e, "target"))));
        Assert.All(entries, e => Assert.Equal(("done", "service", "amqp"), (Text(e, "result"), Text(e, "by"), Text(e, "protocol"))));
        foreach (JsonElement entry in entries)
        {
            Assert.DoesNotContain(Assert.IsType<SymmetricKey>(device.Primary).Reveal(), entry.GetRawText(), StringComparison.Ordinal);
            Assert.DoesNotContain(Assert.IsType<SymmetricKey>(device.Secondary).Reveal(), entry.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_act_that_the_store_leaves_in_doubt_says_so_each_time()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryWrite);
        await house.DeviceAsync("truck-17");
        house.Memory.Unavailable = true;
        for (int i = 0; i < 2; i++)
            Assert.Equal(503, (await management.AskAsync("DELETE", "device", "truck-17")).Status);
        Assert.Equal(
            Enumerable.Repeat(("removeDevice", "unavailable", "perhaps it was done"), 2),
            (await EntriesAsync(house)).Select(e => (Text(e, "act")!, Text(e, "result")!, Text(e, "detail")!)));
    }

    [Fact]
    public async Task Operations_without_their_right_are_noted_as_refused()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryRead);
        await house.DeviceAsync("truck-17");
        await management.AskAsync("DELETE", "device", "truck-17");
        JsonElement entry = Assert.Single(await EntriesAsync(house));
        Assert.Equal(("removeDevice", "forbidden", "devices/truck-17"), (Text(entry, "act"), Text(entry, "result"), Text(entry, "target")));
    }

    [Fact]
    public async Task The_log_is_received_from_a_number_on_as_it_grows()
    {
        await using var house = new House();
        Requester management = await ManagementAsync(house, Rights.RegistryWrite);
        foreach (string id in (string[])["a", "b", "c"])
            await management.AskAsync("CREATE", "device", id);
        Peer auditor = await house.ServiceAsync(Rights.AuditRead);
        var filter = new AmqpMap { [SelectorFilter.Name] = new DescribedValue(SelectorFilter.Name, "number >= 2") };
        Line audit = await auditor.ReceiverAsync("audit", 10, filter);
        Assert.Equal(["devices/b", "devices/c"], (await audit.MailAsync(2)).Select(m => Text(JsonElement.Parse(m.Body), "target")));
        await management.AskAsync("DELETE", "device", "a");
        Assert.Equal("removeDevice", Text(JsonElement.Parse((await audit.MailAsync()).Body), "act"));
        Peer other = await house.ServiceAsync(Rights.RegistryWrite);
        Assert.Equal("amqp:unauthorized-access", (await other.RefusedAsync("audit", sends: false)).Condition);
        JsonElement refused = JsonElement.Parse((await audit.MailAsync()).Body);
        Assert.Equal(("attach", "forbidden", "audit"), (Text(refused, "act"), Text(refused, "result"), Text(refused, "target")));
    }

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static async Task<List<JsonElement>> EntriesAsync(House house) =>
        [.. (await house.Gateway.Audit.ReadAsync(0, AuditLog.MaxPage)).Value!.Records
            .Select(r => JsonElement.Parse(Encoding.UTF8.GetString(r.Line.Span)))];

    private static async Task<Requester> ManagementAsync(House house, Rights rights) =>
        await (await house.ServiceAsync(rights)).RequesterAsync("$management");
}
