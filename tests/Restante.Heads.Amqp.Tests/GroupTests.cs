using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Heads.Amqp.Tests.Peers;

namespace Restante.Heads.Amqp.Tests;

/// <summary>Services read telemetry in consumer groups.</summary>
public sealed class GroupTests
{
    [Fact]
    public async Task Readers_of_a_group_share_the_partitions_and_a_group_gets_all()
    {
        await using var house = new House();
        string[] devices = [.. Enumerable.Range(0, 12).Select(i => $"d{i}")];
        Peer one = await house.ServiceAsync(Rights.TelemetryRead), two = await house.ServiceAsync(Rights.TelemetryRead);
        Line first = await one.ReceiverAsync("telemetry/analysis", 100), second = await two.ReceiverAsync("telemetry/analysis", 100);
        Line other = await two.ReceiverAsync("telemetry/archive", 100);
        foreach (string id in devices)
            await house.PublishAsync(id, id);
        string[][] halves = [.. Enumerable.Range(0, 2).Select(p => devices.Where(id => DevicePartition.Of(id, 2) == p).ToArray())];
        List<Mail> here = await first.MailAsync(1);
        int mine = (int)(long)here[0].Annotation("x-opt-restante-partition")!;
        here.AddRange(await first.MailAsync(halves[mine].Length - 1));
        Assert.Equal(halves[mine], here.Select(m => m.Body));
        Assert.Equal(halves[1 - mine], (await second.MailAsync(halves[1 - mine].Length)).Select(m => m.Body));
        Assert.Equal(devices.Order(), (await other.MailAsync(12)).Select(m => m.Body).Order());

        // What a reader leaves without accepting it goes to another.
        await one.BreakAsync();
        Assert.Equal(halves[mine], (await second.MailAsync(halves[mine].Length)).Select(m => m.Body));
    }

    [Fact]
    public async Task Accepting_moves_the_checkpoint_and_the_next_reader_goes_on_there()
    {
        await using var house = new House(streams: new StreamLimits { Partitions = 1 });
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        for (int i = 1; i <= 5; i++)
            await house.PublishAsync($"r{i}");
        Line reader = await service.ReceiverAsync("telemetry/analysis", 100, rcv: ReceiverSettleMode.Second);
        List<Mail> mail = await reader.MailAsync(5);
        foreach (Mail one in mail[..2])
        {
            await reader.AcceptAsync(one);
            Assert.Equal(((DeliveryState)Accepted.Instance, true), await ToldAsync(reader));
        }

        await reader.SettleAsync(mail[3], Released.Instance);
        Assert.Equal((Released.Instance, true), await ToldAsync(reader));
        Assert.Equal("r4", (await reader.MailAsync()).Body);
        await reader.DetachAsync();
        await reader.NextAsync<Detached>();
        Assert.Equal(3, (await house.Memory.Checkpoints.ReadAsync("analysis")).Single().NextSequenceNumber);

        Line next = await service.ReceiverAsync("telemetry/analysis/0", 100);
        Assert.Equal(["r3", "r4", "r5"], (await next.MailAsync(3)).Select(m => m.Body));

        // Who names a start of its own reads by itself.
        Line own = await service.ReceiverAsync("telemetry/analysis/0", 100, new() { [SelectorFilter.Name] = new DescribedValue(SelectorFilter.Name, "amqp.annotation.x-opt-sequence-number > 4") });
        Assert.Equal("r5", (await own.MailAsync()).Body);
    }

    [Fact]
    public async Task What_could_not_be_stored_as_accepted_is_released_and_comes_again()
    {
        var time = new HandTime();
        await using var house = new House(time: time, streams: new StreamLimits { Partitions = 1 });
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        await house.PublishAsync("r1");
        Line reader = await service.ReceiverAsync("telemetry/analysis", 100, rcv: ReceiverSettleMode.Second);
        Mail first = await reader.MailAsync();
        house.Hooks.Refuse("write-checkpoint");
        await reader.AcceptAsync(first);
        Assert.Equal((Released.Instance, true), await ToldAsync(reader));
        house.Hooks.Allow("write-checkpoint");
        await house.AdvanceAsync(TimeSpan.FromSeconds(2));
        Mail again = await reader.MailAsync();
        Assert.Equal("r1", again.Body);
        await reader.AcceptAsync(again);
        Assert.Equal((Accepted.Instance, true), await ToldAsync(reader));
        Assert.Equal(2, (await house.Memory.Checkpoints.ReadAsync("analysis")).Single().NextSequenceNumber);
    }

    [Fact]
    public async Task A_group_that_cannot_be_joined_refuses_the_link()
    {
        await using var house = new House(limits: new() { MaxConsumerGroups = 1, MaxAuthenticationFailuresPerMinute = 0 });
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        await service.ReceiverAsync("telemetry/one");
        Assert.Equal("amqp:resource-limit-exceeded", (await service.RefusedAsync("telemetry/two", sends: false)).Condition);
        Assert.Equal("amqp:not-found", (await service.RefusedAsync("telemetry/one/7", sends: false)).Condition);
    }

    [Fact]
    public async Task A_reader_is_detached_when_its_group_is_removed_with_it()
    {
        await using var house = new House();
        Peer service = await house.ServiceAsync(Rights.TelemetryRead);
        Line reader = await service.ReceiverAsync("telemetry/analysis", 100);
        Assert.True((await house.Gateway.Groups.RemoveAsync("analysis", endReaders: true)).IsSuccess);
        Assert.Equal("amqp:precondition-failed", (await reader.NextAsync<Detached>()).Condition);
        await house.PublishAsync("after");
        Assert.Equal("after", (await (await service.ReceiverAsync("telemetry/analysis", 100)).MailAsync()).Body);
    }

    private static async Task<(DeliveryState?, bool)> ToldAsync(Line line)
    {
        Disposed told = await line.NextAsync<Disposed>();
        return (told.State, told.Settled);
    }
}
