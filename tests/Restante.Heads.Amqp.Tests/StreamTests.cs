using System.Globalization;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Heads.Amqp.Tests.Peers;
using Restante.Net;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Services read telemetry and events.</summary>
public sealed class StreamTests
{
    private static readonly StreamLimits s_onePartition = new() { Partitions = 1 };

    public static TheoryData<string?, int> Starts { get; } = new()
    {
        // The selector, with {offset}, {time} of the third record put in, and the first record wanted.
        { null, 1 },
        { "amqp.annotation.x-opt-offset > '-1'", 1 },
        { "amqp.annotation.x-opt-offset > '{offset}'", 4 },
        { "amqp.annotation.x-opt-offset >= '{offset}'", 3 },
        { "amqp.annotation.x-opt-offset>{offset}", 4 },
        { "amqp.annotation.x-opt-sequence-number > 3", 4 },
        { "amqp.annotation.x-opt-sequence-number >= '3'", 3 },
        { "amqp.annotation.x-opt-enqueued-time > '{time}'", 4 },
        { "amqp.annotation.x-opt-enqueued-time >= {time}", 3 },
        { "  amqp.annotation.x-opt-offset  >  '@latest' ", 6 },
    };

    public static TheoryData<string, int> BadSelectors { get; } = new()
    {
        { "colour = 'blue'", 1 },
        { "amqp.annotation.x-opt-colour > 1", 17 },
        { "amqp.annotation.x-opt-offset = '1'", 30 },
        { "amqp.annotation.x-opt-offset", 29 },
        { "amqp.annotation.x-opt-offset > 'x'", 32 },
        { "amqp.annotation.x-opt-offset > ", 32 },
        { "amqp.annotation.x-opt-offset > '1", 32 },
        { "amqp.annotation.x-opt-offset > 99999999999999999999", 32 },
        { "", 1 },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task Reading_begins_where_the_selector_says(string? selector, int first)
    {
        var time = new HandTime();
        await using var house = new House(time: time, streams: s_onePartition);
        for (int i = 1; i <= 5; i++)
        {
            await house.PublishAsync($"r{i}");
            time.Advance(TimeSpan.FromSeconds(1));
        }

        StreamRecord third = (await house.TelemetryAsync())[2];
        selector = selector?.Replace("{offset}", third.Offset.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{time}", third.EnqueuedAtMs.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry/0", 100, selector is null ? null : Filter(selector));
        await service.FenceAsync();
        await house.PublishAsync("r6");
        Assert.Equal(Enumerable.Range(first, 7 - first).Select(i => $"r{i}"), (await reader.MailAsync(7 - first)).Select(m => m.Body));
    }

    [Theory]
    [MemberData(nameof(BadSelectors))]
    public async Task A_selector_that_is_not_understood_is_refused_at_its_character(string selector, int character)
    {
        await using var house = new House();
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Detached refused = await service.RefusedAsync("telemetry", sends: false, Filter(selector));
        Assert.Equal("amqp:invalid-field", refused.Condition);
        Assert.Contains($"at character {character}:", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_selector_is_known_by_its_name_its_descriptor_or_its_code_and_is_repeated()
    {
        await using var house = new House(streams: s_onePartition);
        await house.PublishAsync("r1");
        await house.PublishAsync("r2");
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        AmqpMap[] filters =
        [
            new() { [SelectorFilter.Name] = new DescribedValue(0UL, "amqp.annotation.x-opt-sequence-number > 1") },
            new() { [new Symbol("any")] = new DescribedValue(SelectorFilter.Name, "amqp.annotation.x-opt-sequence-number > 1") },
            new() { [new Symbol("any")] = new DescribedValue(0x0000_468C_0000_0004UL, "amqp.annotation.x-opt-sequence-number > 1") },
        ];
        foreach (AmqpMap filter in filters)
        {
            Line reader = await service.StartAttachAsync("telemetry", sends: false, filter);
            Assert.NotNull((await reader.NextAsync<Attached>()).Attach.Source!.Filter);
            await reader.CreditAsync(1);
            Assert.Equal("r2", (await reader.MailAsync()).Body);
        }
    }

    [Fact]
    public async Task A_record_says_where_it_stands_and_whose_it_is()
    {
        await using var house = new House();
        await house.PublishAsync("x", channel: "room");
        StreamRecord record = Assert.Single(await house.TelemetryAsync());
        long partition = DevicePartition.Of("truck", 2);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Mail mail = await (await service.ReceiverAsync("telemetry", 10)).MailAsync();
        Assert.Equal(record.SequenceNumber, mail.Annotation("x-opt-sequence-number"));
        Assert.Equal(record.Offset.ToString(CultureInfo.InvariantCulture), mail.Annotation("x-opt-offset"));
        Assert.Equal(new AmqpTimestamp(record.EnqueuedAtMs), mail.Annotation("x-opt-enqueued-time"));
        Assert.Equal(("truck", "room", partition), (mail.Annotation("x-opt-restante-device"), mail.Annotation("x-opt-restante-channel"), mail.Annotation("x-opt-restante-partition")));
        Assert.Null(mail.Annotation("x-opt-restante-skipped"));
        Assert.Equal($"{partition}/1", mail.Message.Properties!.MessageId);
    }

    [Fact]
    public async Task Every_partition_is_read_and_one_alone_on_request()
    {
        await using var house = new House();
        string[] devices = [.. Enumerable.Range(0, 12).Select(i => $"d{i}")];
        foreach (string id in devices)
            await house.PublishAsync(id, id);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line all = await service.ReceiverAsync("telemetry", 100);
        Assert.Equal(devices.Order(), (await all.MailAsync(12)).Select(m => m.Body).Order());
        string[] ones = [.. devices.Where(id => DevicePartition.Of(id, 2) == 1)];
        Line one = await service.ReceiverAsync("telemetry/1", 100);
        Assert.Equal(ones, (await one.MailAsync(ones.Length)).Select(m => m.Body));
        await one.NothingAsync();
    }

    [Fact]
    public async Task Gaps_that_retention_made_are_counted_on_the_next_record()
    {
        await using var house = new House(streams: s_onePartition);
        for (int i = 1; i <= 5; i++)
            await house.PublishAsync($"r{i}");
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry/0", 1, Filter("amqp.annotation.x-opt-sequence-number >= 1"));
        Assert.Null((await reader.MailAsync()).Annotation("x-opt-restante-skipped"));
        await service.FenceAsync();
        house.Streams.Forget(StreamId.Telemetry(0), 6);
        await reader.CreditAsync(10);
        await reader.NothingAsync();
        await house.PublishAsync("r6");
        Mail next = await reader.MailAsync();
        Assert.Equal(("r6", 4L), (next.Body, next.Annotation("x-opt-restante-skipped")));
        await house.PublishAsync("r7");
        Assert.Null((await reader.MailAsync()).Annotation("x-opt-restante-skipped"));
    }

    [Fact]
    public async Task What_is_added_while_an_empty_read_is_under_way_is_not_missed()
    {
        await using var house = new House(streams: s_onePartition);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Hooks.Gate reading = house.Hooks.HoldResult("read");
        Line reader = await service.ReceiverAsync("telemetry/0", 10);
        await reading.Reached; // It has seen nothing, and that is on its way home.
        await house.PublishAsync("late");
        await service.FenceAsync();
        reading.Open();
        Assert.Equal("late", (await reader.MailAsync()).Body);
    }

    [Fact]
    public async Task Settling_says_nothing_but_makes_room()
    {
        await using var house = new House(new AmqpHeadOptions { MaxUnsettledPerLink = 2 }, streams: s_onePartition);
        for (int i = 1; i <= 4; i++)
            await house.PublishAsync($"r{i}");
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry/0", 10, rcv: ReceiverSettleMode.Second);
        List<Mail> first = await reader.MailAsync(2);
        await reader.NothingAsync();
        await reader.SettleAsync(first[0], Released.Instance);
        Assert.Equal(((DeliveryState)Released.Instance, true), ((await reader.NextAsync<Disposed>()) is { } told ? (told.State, told.Settled) : default));
        Assert.Equal("r3", (await reader.MailAsync()).Body);
        await reader.AcceptAsync(first[1]);
        Assert.Same(Accepted.Instance, (await reader.NextAsync<Disposed>()).State);
        Assert.Equal("r4", (await reader.MailAsync()).Body);
    }

    [Fact]
    public async Task Reading_goes_on_when_the_store_is_back()
    {
        var time = new HandTime();
        await using var house = new House(time: time, streams: s_onePartition);
        await house.PublishAsync("r1");
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        house.Hooks.Refuse("read");
        Line reader = await service.ReceiverAsync("telemetry/0", 10);
        await reader.NothingAsync();
        house.Hooks.Allow("read");
        await house.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal("r1", (await reader.MailAsync()).Body);
        house.Hooks.Refuse("find");
        Assert.Equal("amqp:resource-limit-exceeded", (await service.RefusedAsync("telemetry", sends: false)).Condition);
    }

    [Fact]
    public async Task A_drain_is_answered()
    {
        await using var house = new House();
        await house.PublishAsync("r1");
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry");
        await reader.CreditAsync(10, drain: true);
        Assert.Equal("r1", (await reader.MailAsync()).Body);
        Assert.Equal(0u, (await reader.NextAsync<Flowed>()).Credit);
        await reader.CreditAsync(10, drain: true);
        Assert.Equal(0u, (await reader.NextAsync<Flowed>()).Credit);
    }

    [Fact]
    public async Task Events_are_read_like_telemetry()
    {
        await using var house = new House();
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line events = await service.ReceiverAsync("events", 10);
        await house.DeviceAsync("new");
        Mail mail = await events.MailAsync();
        Assert.Equal(("new", "created"), (mail.Annotation("x-opt-restante-device"), mail.Message.Properties!.Subject));
        Assert.Contains("\"created\"", mail.Body, StringComparison.Ordinal);
        Assert.Null(mail.Annotation("x-opt-restante-partition"));
    }

    [Fact]
    public async Task A_link_given_up_while_its_start_is_looked_for_leaves_nothing_behind()
    {
        await using var house = new House();
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Hooks.Gate find = house.Hooks.Hold("find");
        Line reader = await service.StartAttachAsync("telemetry", sends: false);
        await find.Reached;
        await reader.DetachAsync();
        await reader.NextAsync<Detached>();
        find.Open();
        await service.FenceAsync();
        await house.PublishAsync("x");
        await service.FenceAsync();
        Assert.Equal(0, house.Hooks.Calls("read"));
    }

    [Fact]
    public async Task A_record_too_large_for_the_link_ends_it()
    {
        await using var house = new House();
        await house.PublishAsync(new string('x', 5_000));
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry", 10, maxMessageSize: 1_000);
        Assert.Equal("amqp:link:message-size-exceeded", (await reader.NextAsync<Detached>()).Condition);
        Assert.True(service.IsOpen);
    }

    [Theory]
    [InlineData(16_384, 64 * 1024)]
    [InlineData(262_144, 64 * 1024)]
    [InlineData(1_048_576, 64 * 1024)]
    [InlineData(16_384, 200 * 1024)]
    public async Task A_reader_that_stops_reading_stops_the_production_and_gets_all_when_it_goes_on(int highWater, int resume)
    {
        const int Records = 1_000;
        await using var house = new House(
            new AmqpHeadOptions { OutputHighWaterBytes = highWater }, streams: s_onePartition,
            network: new ConnectionLimits { ResumeOutputBytes = resume, MaxPendingOutputBytes = 1024 * 1024 });
        string body = new('x', 16 * 1024);
        for (int i = 0; i < Records; i++)
            await house.PublishAsync(body);
        Peer service = await house.ServiceAsync(Rights.TelemetryRead, settings => settings with { IncomingWindow = 100_000 });
        Line reader = await service.ReceiverAsync("telemetry/0", snd: SenderSettleMode.Settled);
        await service.SetDeafAsync(true);
        await reader.CreditAsync(Records);

        // It stops of itself: the reads end while most is still to come.
        int reads = -1;
        for (int quiet = 0; quiet < 200; quiet++)
        {
            int now = house.Hooks.Calls("read");
            if (now != reads || now == 0)
                quiet = 0;
            reads = now;
            await house.TurnsAsync();
        }

        Assert.InRange(reads, 1, 60);
        await service.SetDeafAsync(false);
        List<Mail> all = await reader.MailAsync(Records);
        Assert.Equal(Enumerable.Range(1, Records).Select(i => (object)(long)i), all.Select(m => m.Annotation("x-opt-sequence-number")));
    }

    private static AmqpMap Filter(string selector) => new() { [SelectorFilter.Name] = new DescribedValue(SelectorFilter.Name, selector) };
}
