using System.Globalization;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Core.Access;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>What is read for the links of a connection before it can be sent is bounded over all of them.</summary>
public sealed class ReadAheadTests
{
    private const int Links = 40;
    private const int Records = 30;

    // A read counts 256 KiB, and 256 bytes for each message that it may bring.
    private const int BytesOfRead = 256 * 1024 + (Records * 256);

    private static readonly StreamLimits s_onePartition = new() { Partitions = 1 };

    [Theory]
    [InlineData(65_536, 1)]
    [InlineData(BytesOfRead, 1)]
    [InlineData((3 * BytesOfRead) - 1, 2)]
    [InlineData(4 * 1024 * 1024, 15)]
    public async Task So_many_links_read_at_once_as_there_is_room_for_and_in_the_end_all_have_all(int room, int atOnce)
    {
        await using House house = await WithRecordsAsync(room);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Hooks.Gate reading = house.Hooks.HoldResult("read");
        List<Line> readers = await ReadersAsync(service, Records);
        await service.FenceAsync();
        Assert.Equal(atOnce, reading.Waiting);
        reading.Open();
        await HaveAllAsync(readers);
    }

    [Fact]
    public async Task What_was_read_before_the_window_closed_is_bounded_and_all_arrives_when_it_opens()
    {
        await using House house = await WithRecordsAsync(BytesOfRead * 3);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead, settings => settings with { IncomingWindow = 2 });
        Hooks.Gate reading = house.Hooks.HoldResult("read");
        List<Line> readers = await ReadersAsync(service, Records);
        await service.FenceAsync();
        await service.SetDeafAsync(true);
        reading.Open();
        await house.TurnsAsync();

        // Who has read is shut in by the window, and the others have no use for a read before it opens.
        int reads = house.Hooks.Calls("read");
        Assert.InRange(reads, 3, 6);
        await service.SetDeafAsync(false);
        await HaveAllAsync(readers);
    }

    [Fact]
    public async Task No_more_is_read_than_the_window_has_frames_for()
    {
        await using House house = await WithRecordsAsync(4 * 1024 * 1024);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead, settings => settings with { IncomingWindow = 2 });
        Line reader = await service.ReceiverAsync("telemetry/0", 1_000);
        await HaveAllAsync([reader]);
        Assert.InRange(house.Hooks.Calls("read"), Records / 2, int.MaxValue);
    }

    [Fact]
    public async Task A_session_does_not_wait_for_the_room_that_another_has_filled()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 }, streams: s_onePartition);
        Sequence command = await WithReportAsync(house);
        Peer service = await house.ServiceAsync();
        Hooks.Gate reading = house.Hooks.HoldResult("read");
        Line stuck = await service.ReceiverAsync("telemetry/0", 10);
        await reading.Reached;
        Line beside = await service.ReceiverAsync($"reports/{command}", 10);
        await beside.NothingAsync();
        Line apart = await ReceiverOfAnotherSessionAsync(service, $"reports/{command}");
        Assert.Equal("done", (await apart.MailAsync()).Body);
        await beside.NothingAsync();
        await house.PublishAsync("r1");
        reading.Open();
        Assert.Equal("done", (await beside.MailAsync()).Body);
        Assert.Equal("r1", (await stuck.MailAsync()).Body);
    }

    [Fact]
    public async Task Who_waits_for_room_gets_it_when_the_link_that_has_it_ends()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 }, streams: s_onePartition);
        Sequence command = await WithReportAsync(house);
        Peer service = await house.ServiceAsync();
        Hooks.Gate reading = house.Hooks.HoldResult("read");
        Line first = await service.ReceiverAsync("telemetry/0", 10);
        await reading.Reached;
        Line gone = await service.ReceiverAsync($"reports/{command}", 10), second = await service.ReceiverAsync($"reports/{command}", 10);
        await gone.DetachAsync();
        await gone.NextAsync<Detached>();
        await first.DetachAsync();
        await first.NextAsync<Detached>();
        await second.NothingAsync(); // The read is still under way.
        reading.Open();
        Assert.Equal("done", (await second.MailAsync()).Body);
    }

    [Fact]
    public async Task What_was_read_for_a_credit_that_is_taken_back_makes_room_and_is_read_again()
    {
        await using var house = new House(new AmqpHeadOptions { MaxBytesInFlight = 65_536 });
        Sequence command = await WithReportAsync(house);
        string[] devices = [.. Enumerable.Range(0, 12).Select(i => $"d{i}")];
        foreach (string id in devices)
            await house.PublishAsync(id, id);
        Peer service = await house.ServiceAsync();
        Hooks.Gate reading = house.Hooks.HoldResult("read");
        Line reader = await service.ReceiverAsync("telemetry", 2);
        await reading.Reached;
        await reader.CreditAsync(0);
        Line beside = await service.ReceiverAsync($"reports/{command}", 10);
        await beside.NothingAsync();
        reading.Open();
        Assert.Equal("done", (await beside.MailAsync()).Body);
        await reader.NothingAsync();
        await reader.CreditAsync(12);
        Assert.Equal(devices.Order(), (await reader.MailAsync(12)).Select(m => m.Body).Order());
        await reader.NothingAsync();
    }

    private static async Task<House> WithRecordsAsync(int room)
    {
        var house = new House(new AmqpHeadOptions { MaxBytesInFlight = room }, streams: s_onePartition);
        for (int i = 1; i <= Records; i++)
            await house.PublishAsync(i.ToString(CultureInfo.InvariantCulture).PadRight(4_000));
        return house;
    }

    private static async Task<Sequence> WithReportAsync(House house)
    {
        Sequence command = await house.SendAsync("go");
        Line reports = await (await house.ConnectAsync()).SenderAsync("reports");
        AmqpMessage report = AmqpMessage.FromData("done"u8.ToArray());
        report.Properties = new MessageProperties { CorrelationId = command.ToString() };
        Assert.Same(Accepted.Instance, await reports.SendAsync(report));
        return command;
    }

    private static async Task<List<Line>> ReadersAsync(Peer service, uint credit)
    {
        var readers = new List<Line>();
        for (int i = 0; i < Links; i++)
            readers.Add(await service.ReceiverAsync("telemetry/0", credit));
        return readers;
    }

    private static async Task HaveAllAsync(List<Line> readers)
    {
        foreach (Line reader in readers)
        {
            List<Mail> all = await reader.MailAsync(Records);
            Assert.Equal(Enumerable.Range(1, Records).Select(i => (object)(long)i), all.Select(m => m.Annotation("x-opt-sequence-number")));
        }
    }

    private static async Task<Line> ReceiverOfAnotherSessionAsync(Peer service, string address)
    {
        Line line = await service.DoAsync(amqp =>
        {
            var made = new Line(service, address);
            made.Link = amqp.BeginSession()!.Attach(new LinkSettings
            {
                Name = "apart",
                IsSender = false,
                Source = new Source { Address = address },
                Target = new Target(),
                Owner = made,
            });
            return made;
        });
        await line.NextAsync<Attached>();
        await line.CreditAsync(10);
        return line;
    }
}
