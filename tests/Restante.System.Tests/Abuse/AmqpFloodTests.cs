using static Restante.System.Tests.Abuse.AmqpBytes;

namespace Restante.System.Tests.Abuse;

/// <summary>Much of what is allowed once: links, sessions, flows, halves of messages, dispositions.</summary>
[Collection("abuse")]
public sealed class AmqpFloodTests(AbuseFixture fixture)
{
    [Fact]
    public Task As_many_links_as_allowed_on_as_many_sessions_as_allowed_and_no_more() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        for (int channel = 0; channel < 16; channel++)
        {
            await script.BeginAsync(channel);
            for (uint handle = 0; handle < 64; handle++)
                await script.AttachSenderAsync(handle: handle, channel: channel);
        }

        await script.EchoAsync(15);
        await script.SendAsync(BeginFrame(16));
        await script.ExpectCloseAsync("amqp:connection:framing-error");
    });

    [Fact]
    public Task Sessions_begun_and_ended_without_end() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        for (int i = 0; i < 2_000; i++)
        {
            await script.BeginAsync(i % 16);
            await script.SendAsync(Frame(i % 16, Performative(End)));
            await script.UntilEndAsync();
        }
    });

    [Fact]
    public Task Links_attached_and_detached_without_end() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        await script.BeginAsync();
        for (int i = 0; i < 2_000; i++)
        {
            await script.AttachSenderAsync();
            await script.SendAsync(DetachFrame(0, 0));
            await script.UntilAsync(Detach);
        }

        await script.AttachSenderAsync();
        await script.ProveLinkAsync(0, 0);
    });

    [Fact]
    public Task One_name_attached_a_thousand_times_is_one_link() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        await script.BeginAsync();
        await script.SendAsync(SenderFrame(0, "same", 0, "telemetry"));
        await script.UntilAsync(Attach);
        for (uint i = 1; i < 1_000; i++)
        {
            await script.SendAsync(SenderFrame(0, "same", i % 2, "telemetry"));
            Assert.Equal("amqp:link:stolen", (await script.UntilAsync(Detach)).Condition);
            await script.UntilAsync(Attach);
            await script.SendAsync(DetachFrame(0, (i + 1) % 2));
        }

        await script.EchoAsync();
    });

    [Fact]
    public Task A_flood_of_flows_is_answered_and_costs_nothing() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        await script.BeginAsync();
        await script.AttachReceiverAsync("mailbox", 1);
        byte[] flows = Times(500, static n => FlowFrame(0, 0, (uint)(n % 2 == 0 ? uint.MaxValue : 0)));
        for (int i = 0; i < 40; i++)
        {
            await script.SendAsync(flows);
            await script.EchoAsync();
        }
    });

    [Fact]
    public Task Dispositions_over_two_billion_numbers_cost_no_more_than_what_is_unsettled() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        await script.BeginAsync();
        await script.AttachSenderAsync();
        byte[] ranges = Join(
            DispositionFrame(0, asReceiver: true, 0, 0x7fff_ffff, settled: true),
            DispositionFrame(0, asReceiver: false, 0, 0x7fff_ffff, settled: true),
            DispositionFrame(0, asReceiver: true, 0x8000_0000, 0xffff_ffff, settled: false, Performative(0x24)),
            DispositionFrame(0, asReceiver: true, 0xf000_0000, 0x1000_0000, settled: true));
        for (int i = 0; i < 100; i++)
        {
            await script.SendAsync(Times(50, _ => ranges));
            await script.EchoAsync();
        }

        await script.ProveLinkAsync(0, 0);
    });

    [Fact]
    public Task Halves_of_messages_on_many_links_are_held_up_to_a_limit() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        var open = new List<AmqpScript>();
        for (int connection = 0; connection < 4; connection++)
        {
            AmqpScript script = await AmqpScript.OpenAsync(fixture.Gateway, id, key);
            open.Add(script);
            await script.BeginAsync();
            for (uint handle = 0; handle < 40; handle++)
                await script.AttachSenderAsync(handle: handle);
            for (uint handle = 0; handle < 40; handle++)
                await script.SendAsync(TransferFrame(0, handle, handle, Message(new byte[60_000]), more: true));
            // 17 of 60,000 bytes are within a mebibyte; each after them costs its own link.
            for (uint handle = 17; handle < 40; handle++)
            {
                AmqpAnswer refused = await script.UntilAsync(Detach);
                Assert.Equal("amqp:resource-limit-exceeded", refused.Condition);
            }

            // The others can be ended, and that makes room again.
            await script.SendAsync(ContinuationFrame(0, 0, [], more: false));
            AmqpAnswer answer = await script.UntilAsync(Disposition);
            Assert.Equal(0x24ul, ((AmqpAnswer.Described)answer[4]!).Code);
            await script.ProveLinkAsync(0, 40);
        }

        foreach (AmqpScript script in open)
            await script.DisposeAsync();
    });

    [Fact]
    public Task Transfers_after_the_link_was_detached_are_discarded_but_not_for_ever() => fixture.Witness.WorkDuringAsync(async () =>
    {
        await using AmqpScript script = await OpenAsync();
        await script.BeginAsync();
        await script.AttachSenderAsync();
        await script.SendAsync(Frame(0, Performative(Transfer, UInt(0)), Message([1])));
        Assert.Equal("amqp:invalid-field", (await script.UntilAsync(Detach)).Condition);
        byte[] transfers = Times(1_000, static n => TransferFrame(0, 0, (uint)n, Message([1]), settled: true));
        AmqpAnswer? answer = null;
        for (int i = 0; i < 6 && answer is not { Code: End }; i++)
        {
            await script.SendAsync(transfers, FlowFrame(0, echo: true));
            do
                answer = await script.NextAsync();
            while (answer is { Code: not (End or Flow) });
        }

        Assert.Equal("amqp:session:errant-link", answer!.Condition);
    });

    [Fact]
    public Task More_connections_than_a_device_may_have_end_the_oldest() => fixture.Witness.WorkDuringAsync(async () =>
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        var open = new Queue<AmqpScript>();
        for (int i = 0; i < 40; i++)
        {
            open.Enqueue(await AmqpScript.OpenAsync(fixture.Gateway, id, key));
            if (open.Count <= 4)
                continue;
            await using AmqpScript oldest = open.Dequeue();
            await oldest.ExpectCloseAsync("amqp:resource-limit-exceeded");
        }

        foreach (AmqpScript script in open)
            await script.DisposeAsync();
    });

    private async Task<AmqpScript> OpenAsync()
    {
        (string id, string key) = await AbuseFixture.NewDeviceAsync(fixture.Gateway);
        return await AmqpScript.OpenAsync(fixture.Gateway, id, key);
    }
}
