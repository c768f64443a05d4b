using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Registry;

public sealed class ImportTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();

    private DeviceRegistry Devices => _test.Gateway.Devices;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task Devices_are_created_together_and_each_has_its_event_and_history()
    {
        Assert.Equal(
            [DeviceLineStatus.Created, null, DeviceLineStatus.Created, DeviceLineStatus.GatewayNotFound],
            (await ImportAsync(new("a"), new("a/b"), new("b") { Gateway = DeviceId.Parse("a") }, new("c") { Gateway = DeviceId.Parse("x") }))
                .Select(r => r.Status));
        Assert.Equal(["""{"event":"created","device":"a"}""", """{"event":"created","device":"b"}"""], await _test.EventsAsync());
        Assert.Equal(HistoryEvent.Created, Assert.Single(Ok(await _test.Gateway.History.ReadAsync("b", null, 10))).Entry.Event);
        DeviceRecord created = Ok(await Devices.FindAsync("a"));
        Assert.NotEqual(created.PrimaryKey, created.SecondaryKey);
    }

    [Fact]
    public async Task What_differs_is_changed_and_ends_the_connections_it_concerns_and_what_does_not_ends_none()
    {
        DeviceRecord device = Ok(await Devices.CreateAsync("d"));
        TestConnection first = Connect(device, CredentialSlot.Primary), second = Connect(device, CredentialSlot.Secondary);
        var line = new ImportedDevice("d") { Primary = device.Primary, Secondary = device.Secondary, Tags = """{"n":1}""" };
        Assert.Equal(DeviceLineStatus.Differs, (await ImportAsync(line))[0].Status);
        Assert.Equal(DeviceLineStatus.Changed, (await Devices.ImportAsync([line], update: true))[0].Status);
        Assert.Equal(DeviceLineStatus.Unchanged, (await Devices.ImportAsync([line], update: true))[0].Status);
        Assert.Empty(first.Ends.Concat(second.Ends));
        Assert.Equal("""{"event":"changed","device":"d","what":"tags"}""", (await _test.EventsAsync())[^1]);

        await Devices.ImportAsync([line with { Secondary = SymmetricKey.Generate() }], update: true);
        Assert.Empty(first.Ends);
        Assert.Equal([EndReason.CredentialChanged], second.Ends);
        await Devices.ImportAsync([new("d") { Status = DeviceStatus.Disabled }], update: true);
        Assert.Equal([EndReason.Disabled], first.Ends);
    }

    [Fact]
    public async Task All_connections_that_an_import_revokes_are_ended_before_anything_is_told()
    {
        DeviceRecord a = Ok(await Devices.CreateAsync("a")), b = Ok(await Devices.CreateAsync("b"));
        TestConnection ofA = Connect(a, CredentialSlot.Primary), ofB = Connect(b, CredentialSlot.Primary);
        await _test.AttachAsync(Principal(a, CredentialSlot.Secondary));
        Ok(await _test.Gateway.Notifications.NotifyAsync(_test.Service, "tags.n = 1", Content("x")));
        int ended = -1;
        _test.Store.NotificationHooks.BeforeOffer = () => ended = ofA.Ends.Count + ofB.Ends.Count;
        ImportedDevice[] lines =
        [
            new("a") { Status = DeviceStatus.Disabled, Tags = """{"n":1}""" },
            new("b") { Status = DeviceStatus.Disabled, Tags = """{"n":1}""" },
        ];
        Assert.All(await Devices.ImportAsync(lines, update: true), static r => Assert.Equal(DeviceLineStatus.Changed, r.Status));
        Assert.Equal(2, ended);
    }

    [Fact]
    public async Task What_breaks_a_rule_is_refused_and_the_rest_is_done()
    {
        ImportResult[] results = await ImportAsync(
            new("a") { Tags = "[]" },
            new("b") { Groups = ["no name"] },
            new("c") { Gateway = DeviceId.Parse("c") },
            new("d") { Desired = "[]"u8.ToArray() },
            new("e") { Desired = Encoding.UTF8.GetBytes($$"""{"x":"{{new string('x', 40_000)}}"}""") },
            new("f"));
        Assert.Equal(
            [RefusalKind.Malformed, RefusalKind.Malformed, RefusalKind.Malformed, RefusalKind.Malformed, RefusalKind.TooLarge, null],
            results.Select(r => r.Refusal?.Kind));
        Ok(await Devices.FindAsync("f"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            async () => await Devices.ImportAsync(Enumerable.Repeat(new ImportedDevice("x"), 1_001).ToList(), update: false));
        _test.Memory.Unavailable = true;
        Assert.Equal(RefusalKind.Unavailable, (await ImportAsync(new ImportedDevice("g")))[0].Refusal?.Kind);
    }

    [Fact]
    public async Task Events_that_cannot_be_stored_do_not_fail_an_import()
    {
        _test.Streams.Unavailable = true;
        Assert.Equal(DeviceLineStatus.Created, (await ImportAsync(new ImportedDevice("a")))[0].Status);
        _test.Streams.Unavailable = false;
        Assert.Empty(await _test.EventsAsync());
    }

    private ValueTask<ImportResult[]> ImportAsync(params ImportedDevice[] devices) => Devices.ImportAsync(devices, update: false);

    private TestConnection Connect(DeviceRecord device, CredentialSlot slot)
    {
        var connection = new TestConnection();
        _test.Gateway.Connections.Add(Principal(device, slot), connection, new("amqp", 1, null));
        return connection;
    }
}
