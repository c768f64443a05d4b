using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Mailboxes;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.History;

public sealed class ChangeFoldTests
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    private static readonly HistoryLimits s_limits = new() { MaxChangesPerMinute = 10, MaxChangesPerHour = 25 };

    private readonly ChangeFold _fold = new(s_limits);

    [Fact]
    public async Task A_device_that_comes_and_goes_without_end_leaves_the_history_and_the_events_to_others()
    {
        await using var test = new TestGateway();
        DevicePrincipal device = await test.DeviceAsync("d");
        DevicePrincipal other = await test.DeviceAsync("e");
        ConnectionName name = new("mqtt", 7, null);
        for (int i = 0; i < 5_000; i++)
        {
            var connection = new TestConnection();
            test.Gateway.Connections.Add(device, connection, name);
            test.Gateway.Connections.Remove(device, connection, name, "gone");
        }

        test.Gateway.Connections.Add(other, new TestConnection(), name);
        int atOnce = new HistoryLimits().MaxChangesPerMinute;
        Assert.Equal(2 + atOnce + 1, (await test.EventsAsync()).Count);
        test.Time.Advance(Minute);
        await test.Gateway.Maintenance.RunOnceAsync();
        IReadOnlyList<HistoryRecord> read = Ok(await test.Gateway.History.ReadAsync("d", null, 1_000));
        Assert.Equal(1 + atOnce + 2, read.Count);
        Assert.Equal(HistoryEvent.Disconnected, read[0].Entry.Event);
        Assert.Equal((HistoryEvent.Folded, 10_000 - atOnce - 1), (read[1].Entry.Event, read[1].Entry.Count));
        Assert.StartsWith("And 9939 further changes since ", HistoryWords.Of(read[1].Entry), StringComparison.Ordinal);
        Assert.Equal(
            [
                """{"event":"folded","device":"d","protocol":"mqtt","connection":"7","count":"9939"}""",
                """{"event":"disconnected","device":"d","protocol":"mqtt","connection":"7","reason":"gone"}""",
            ],
            (await test.EventsAsync())[^2..]);
    }

    [Fact]
    public void The_budget_of_the_hour_bounds_what_one_device_has_of_the_history()
    {
        DevicePrincipal device = Device(1);
        int noted = 0;
        long counted = 0;
        int made = 0;
        for (long now = 0; now < 24 * Hour; now += 1_000, made++)
        {
            foreach (HistoryEntry entry in _fold.TakeDue(now))
            {
                noted++;
                counted += entry.Event == HistoryEvent.Folded ? entry.Count : 1;
            }

            bool isNoted = _fold.Admit(device, Entry(device, now));
            noted += isNoted ? 1 : 0;
            counted += isNoted ? 1 : 0;
        }

        counted += _fold.Take(device.Id).Sum(e => e.Event == HistoryEvent.Folded ? e.Count : 1);
        Assert.Equal(made, counted);
        Assert.InRange(noted, 24 * 25, 24 * (25 + 4));
    }

    [Fact]
    public void Devices_behind_a_gateway_are_seen_and_draw_on_its_budget_when_they_change_often()
    {
        DevicePrincipal gateway = Device(1);
        int first = 0;
        int further = 0;
        for (int round = 0; round < 8; round++)
        {
            for (int number = 2; number < 22; number++)
            {
                int noted = _fold.Admit(Device(number, gateway), Entry(Device(number), 0)) ? 1 : 0;
                if (round < ChangeFold.FreeBehindGateway)
                    first += noted;
                else
                    further += noted;
            }
        }

        Assert.Equal((20 * ChangeFold.FreeBehindGateway, s_limits.MaxChangesPerMinute), (first, further));
        Assert.False(_fold.Admit(gateway, Entry(gateway, 0)));
        Assert.True(_fold.Admit(Device(99), Entry(Device(99), 0)));
    }

    [Fact]
    public void Hand_outs_are_noted_and_those_that_are_repeated_because_they_did_not_count_have_a_budget()
    {
        DevicePrincipal device = Device(1);
        for (int i = 0; i < 1_000; i++)
            Assert.True(_fold.Admit(device, Entry(device, 0, HistoryEvent.HandedOut)));
        int noted = 0;
        for (int i = 0; i < 1_000; i++)
        {
            _fold.Admit(device, Entry(device, 0, HistoryEvent.Returned));
            noted += _fold.Admit(device, Entry(device, 0, HistoryEvent.HandedOut)) ? 1 : 0;
        }

        Assert.Equal(s_limits.MaxChangesPerMinute, noted);
        Assert.True(_fold.Admit(device, Entry(device, 0, HistoryEvent.HandedOut)));
        HistoryEntry folded = Assert.Single(_fold.Take(device.Id));
        Assert.Equal((HistoryEvent.Folded, 2_000 - (2 * s_limits.MaxChangesPerMinute)), (folded.Event, folded.Count));
    }

    [Fact]
    public void So_many_devices_are_folded_at_the_same_time()
    {
        for (int number = 1; number <= ChangeFold.MaxFolded + 10; number++)
        {
            for (int i = 0; i <= s_limits.MaxChangesPerMinute; i++)
                _fold.Admit(Device(number), Entry(Device(number), 0));
        }

        Assert.Equal(ChangeFold.MaxFolded, _fold.TakeDue(Minute).Count);
        Assert.Empty(_fold.TakeDue(2 * Hour));
    }

    private static DevicePrincipal Device(int number, DevicePrincipal? gateway = null) =>
        new(DeviceId.Parse($"d{number}"), new DeviceNumber(number), CredentialSlot.Primary, long.MaxValue) { Through = gateway };

    private static HistoryEntry Entry(DevicePrincipal device, long atMs, HistoryEvent what = HistoryEvent.Connected) =>
        new() { Device = device.Id, AtMs = atMs, Event = what, Sequence = new Sequence(1), Connection = new ConnectionName("amqp", 1, null) };
}
