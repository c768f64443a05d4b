using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;

namespace Restante.Core.Tests.Notifications;

public sealed class NotificationHubTests : IAsyncDisposable
{
    private readonly TestGateway _world = new(mailboxes: new MailboxLimits { MaxActiveNotifications = 8, RedeliveryDelayMs = 0 });

    private NotificationHub Hub => _world.Gateway.Notifications;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task It_is_stored_once_however_many_devices_it_is_for()
    {
        for (int i = 0; i < 10_000; i++)
            TestGateway.Ok(await _world.Gateway.Devices.CreateAsync($"d-{i}", groups: ["all"]));
        SentNotification sent = TestGateway.Ok(await Hub.NotifyGroupAsync(_world.Service, "all", TestGateway.Content("x")));
        Assert.False(sent.MatchesNobody);
        Assert.Equal(default, _world.Gateway.Mailboxes.Totals);
        Assert.Single(await _world.Memory.Notifications.ListAsync(default, 1_000, _world.NowMs));
        Assert.Empty(TestGateway.Ok(await Hub.ListDevicesAsync(sent.Sequence, default, 1_000)));
        DeliveryReport report = TestGateway.Ok(await Hub.GetAsync(sent.Sequence));
        Assert.Equal((10_000L, 0L), (report.Matching, report.Notification.Accepted));
        Assert.Equal(sent.Sequence.Value + 1, (await _world.SendAsync("d-1", "next")).Value); // One place for all of them.
    }

    [Fact]
    public async Task Holders_of_the_audience_get_it_in_order_with_commands_and_others_do_not()
    {
        (MailboxSession bus, TestReceiver busWakes) = await HoldAsync("bus", """{"city":"Oslo"}""", "buses");
        (MailboxSession truck, TestReceiver truckWakes) = await HoldAsync("truck", """{"city":"Oslo"}""");
        (MailboxSession idle, _) = await HoldAsync("idle");
        Sequence before = await _world.SendAsync("bus", "before");
        int busBefore = busWakes.Wakes;
        int truckBefore = truckWakes.Wakes;
        SentNotification sent = await NotifyAsync("tags.city = 'Oslo' and groups has 'buses'");
        Sequence after = await _world.SendAsync("bus", "after");
        Assert.True(busWakes.Wakes > busBefore);
        Assert.Equal(truckBefore, truckWakes.Wakes);
        Assert.Equal([before, sent.Sequence, after], (await LeaseAsync(bus)).Select(m => m.Sequence));
        Assert.Empty(await LeaseAsync(truck));
        Assert.Empty(await LeaseAsync(idle));
    }

    [Theory]
    [InlineData("groups has 'buses'", 2)]
    [InlineData("groups has 'buses' and tags.n = 3", 1)]
    [InlineData("groups has 'buses' and groups has 'all'", 2)]
    [InlineData("groups has 'all' and tags.n > 5", 10)]
    public async Task Of_many_holders_those_of_a_small_group_get_it_and_no_others(string audience, int expected)
    {
        var held = new List<MailboxSession>();
        for (int i = 0; i < 16; i++)
            held.Add((await HoldAsync($"d-{i}", $$"""{"n":{{i}}}""", i is 3 or 7 ? ["all", "buses"] : ["all"])).Session);
        await DeviceAsync("absent", """{"n":3}""", "buses", "all");
        SentNotification sent = await NotifyAsync(audience);
        int got = 0;
        foreach (MailboxSession session in held)
            got += (await LeaseAsync(session)).Count(m => m.Sequence == sent.Sequence);
        Assert.Equal(expected, got);
    }

    [Fact]
    public async Task A_device_that_attaches_later_gets_what_is_still_valid_in_order()
    {
        DevicePrincipal bus = await DeviceAsync("bus", groups: "buses");
        Sequence command = await _world.SendAsync("bus", "command");
        SentNotification stays = await NotifyAsync("groups has 'buses'");
        await NotifyAsync("groups has 'buses'", ttlMs: 1_000);
        await NotifyAsync("groups has 'trams'");
        SentNotification recalled = await NotifyAsync("id = 'bus'");
        TestGateway.Ok(await Hub.RecallAsync(recalled.Sequence, "ops"));
        _world.Time.Advance(1_000);
        (MailboxSession session, _) = await _world.AttachAsync(bus);
        Assert.Equal([command, stays.Sequence], (await LeaseAsync(session)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task A_device_created_while_it_is_valid_gets_it()
    {
        SentNotification sent = await NotifyAsync("groups has 'buses'");
        Assert.True(sent.MatchesNobody);
        (MailboxSession session, _) = await HoldAsync("new-bus", null, "buses");
        Assert.Equal(sent.Sequence, Assert.Single(await LeaseAsync(session)).Sequence);
    }

    [Fact]
    public async Task A_device_that_comes_into_the_audience_gets_it_and_one_that_leaves_loses_it()
    {
        (MailboxSession session, TestReceiver wakes) = await HoldAsync("truck", """{"city":"Bergen"}""");
        SentNotification sent = await NotifyAsync("tags.city = 'Oslo'");
        SentNotification grouped = await NotifyAsync("groups has 'night'");
        Assert.Empty(await LeaseAsync(session));
        int before = wakes.Wakes;
        await TagAsync("""{"city":"Oslo"}""");
        Assert.True(wakes.Wakes > before);
        await ChangeAsync(new DeviceUpdate { Groups = ["night"] });
        await TagAsync("""{"city":"Bergen"}""");
        Assert.Equal(grouped.Sequence, Assert.Single(await LeaseAsync(session)).Sequence);
        await TagAsync("""{"city":"Oslo"}""");
        LeasedMessage message = Assert.Single(await LeaseAsync(session));
        Assert.Equal(sent.Sequence, message.Sequence);
        await TagAsync("{}");
        TestGateway.Ok(await session.SettleAsync(message.Lease, SettleVerb.Release));
        Assert.Empty(await LeaseAsync(session));

        async Task ChangeAsync(DeviceUpdate update) => TestGateway.Ok(await _world.Gateway.Devices.ChangeAsync("truck", update));

        Task TagAsync(string tags) => ChangeAsync(new DeviceUpdate { Tags = tags });
    }

    [Fact]
    public async Task A_device_that_settled_it_never_gets_it_again_also_after_a_restart()
    {
        DevicePrincipal bus = await DeviceAsync("bus");
        SentNotification first = await NotifyAsync("true");
        SentNotification second = await NotifyAsync("true");
        (MailboxSession session, _) = await _world.AttachAsync(bus);
        IReadOnlyList<LeasedMessage> leased = await LeaseAsync(session);
        Assert.Equal(Outcome.Accepted, TestGateway.Ok(await session.SettleAsync(leased[0].Lease, SettleVerb.Accept)).Outcome);
        (session, _) = await _world.AttachAsync(bus);
        Assert.Equal(second.Sequence, Assert.Single(await LeaseAsync(session)).Sequence);
        using Gateway again = _world.Reopen();
        MailboxSession next = TestGateway.Ok(await again.Mailboxes.AttachAsync(bus, new TestReceiver()));
        Assert.Equal(second.Sequence, Assert.Single(await LeaseAsync(next)).Sequence);
        DeliveryReport report = TestGateway.Ok(await again.Notifications.GetAsync(first.Sequence));
        Assert.Equal((1L, 0L, 1L), (report.Notification.Accepted, report.Notification.Rejected, report.Matching));
    }

    [Fact]
    public async Task The_report_shows_every_device_with_its_outcome_and_reason()
    {
        SentNotification sent = await NotifyAsync("true");
        (MailboxSession accepts, _) = await HoldAsync("accepts");
        (MailboxSession rejects, _) = await HoldAsync("rejects");
        await HoldAsync("waits");
        await accepts.SettleAsync(Assert.Single(await LeaseAsync(accepts)).Lease, SettleVerb.Accept);
        await rejects.SettleAsync(Assert.Single(await LeaseAsync(rejects)).Lease, SettleVerb.Reject, "no such street");
        DeliveryReport report = TestGateway.Ok(await Hub.GetAsync(sent.Sequence));
        NotificationRecord counts = report.Notification;
        Assert.Equal((1L, 1L, 0L, 3L), (counts.Accepted, counts.Rejected, counts.Undeliverable, report.Matching));
        IReadOnlyList<NotificationDevice> devices = TestGateway.Ok(await Hub.ListDevicesAsync(sent.Sequence, default, 10));
        Assert.Equal(
            [("accepts", Outcome.Accepted, (string?)null), ("rejects", Outcome.Rejected, "no such street")],
            devices.Select(d => (d.Device.Value, d.Outcome, d.Reason)));
        Assert.Equal("rejects", Assert.Single(TestGateway.Ok(await Hub.ListDevicesAsync(sent.Sequence, devices[0].Number, 10))).Device.Value);
        Assert.Equal(sent.Sequence, Assert.Single(TestGateway.Ok(await Hub.ListAsync(default, 10))).Sequence);
        TestGateway.Refused(RefusalKind.NotFound, await Hub.GetAsync(new Sequence(999)));
        TestGateway.Refused(RefusalKind.NotFound, await Hub.ListDevicesAsync(new Sequence(999), default, 10));
        TestGateway.Refused(RefusalKind.Malformed, await Hub.ListAsync(default, 0));
        TestGateway.Refused(RefusalKind.Malformed, await Hub.ListDevicesAsync(sent.Sequence, default, 1_001));
    }

    [Fact]
    public async Task A_recall_takes_back_what_waits_and_says_by_whom()
    {
        (MailboxSession session, _) = await HoldAsync("truck");
        SentNotification sent = await NotifyAsync("true");
        NotificationRecord recalled = TestGateway.Ok(await Hub.RecallAsync(sent.Sequence, "ops"));
        Assert.Equal((NotificationState.Recalled, "Recalled by ops."), (recalled.State, recalled.Reason));
        Assert.Empty(await LeaseAsync(session));
        (session, _) = await _world.AttachAsync(session.Device);
        Assert.Empty(await LeaseAsync(session));
        TestGateway.Refused(RefusalKind.Conflict, await Hub.RecallAsync(sent.Sequence, "ops"));
        TestGateway.Refused(RefusalKind.NotFound, await Hub.RecallAsync(new Sequence(999), "ops"));
    }

    [Fact]
    public async Task It_expires_at_the_transfer_and_maintenance_forgets_it()
    {
        (MailboxSession session, _) = await HoldAsync("truck");
        SentNotification sent = await NotifyAsync("true", ttlMs: 1_000);
        Assert.Equal(_world.NowMs + 1_000, sent.ExpiresAtMs);
        _world.Time.Advance(1_000);
        Assert.Empty(await LeaseAsync(session));
        Assert.Equal(NotificationState.Expired, TestGateway.Ok(await Hub.GetAsync(sent.Sequence)).Notification.State);
        await _world.Gateway.Maintenance.RunOnceAsync();
        Assert.Empty(await _world.Memory.Notifications.ListActiveAsync());
        for (int i = 0; i < 4; i++)
            await NotifyAsync("true");
    }

    [Fact]
    public async Task The_same_one_is_sent_once()
    {
        (MailboxSession session, _) = await HoldAsync("truck");
        var terms = new NotificationTerms { MessageId = "m" };
        SentNotification first = TestGateway.Ok(await Hub.NotifyAsync(_world.Service, "true", TestGateway.Content("a"), terms));
        SentNotification again = TestGateway.Ok(await Hub.NotifyAsync(_world.Service, "true", TestGateway.Content("b"), terms));
        SentNotification toNobody = TestGateway.Ok(await Hub.NotifyAsync(_world.Service, "id = 'x'", TestGateway.Content("b"), terms));
        Assert.Equal(first with { IsDuplicate = true }, again);
        Assert.Equal(again, toNobody); // The answer is that of the first, whose audience is somebody.
        Assert.Equal("a", TestGateway.Text(Assert.Single(await LeaseAsync(session)).Content));
    }

    [Fact]
    public async Task For_one_that_had_been_sent_before_nobody_is_looked_for()
    {
        var terms = new NotificationTerms { MessageId = "m" };
        SentNotification first = TestGateway.Ok(await Hub.NotifyAsync(_world.Service, "id = 'x'", TestGateway.Content("a"), terms));
        Assert.True(first.MatchesNobody);
        Assert.Equal("backend", Assert.Single(_world.Store.Lookers).Policy);
        SentNotification again = TestGateway.Ok(await Hub.NotifyAsync(_world.Service, "id = 'x'", TestGateway.Content("a"), terms));
        Assert.Equal((first.Sequence, true, false), (again.Sequence, again.IsDuplicate, again.MatchesNobody));
        Assert.Single(_world.Store.Lookers);
    }

    [Fact]
    public async Task What_is_sent_by_one_that_has_gone_stays_sent_and_nobody_is_looked_for()
    {
        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        SentNotification sent = TestGateway.Ok(
            await Hub.NotifyAsync(_world.Service, "id = 'x'", TestGateway.Content("a"), cancellation: over.Token));
        Assert.False(sent.MatchesNobody);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Hub.GetAsync(_world.Service, sent.Sequence, over.Token));
        Assert.Equal(sent.Sequence, TestGateway.Ok(await Hub.GetAsync(_world.Service, sent.Sequence)).Notification.Sequence);
        Assert.All(_world.Store.Lookers, l => Assert.Equal("backend", l.Policy));
    }

    [Fact]
    public async Task What_cannot_be_sent_is_refused()
    {
        byte[] content = TestGateway.Content("x");
        var stranger = new ServicePrincipal("reader", Rights.TelemetryRead, CredentialSlot.Primary, long.MaxValue);
        TestGateway.Refused(RefusalKind.Forbidden, await Hub.NotifyAsync(stranger, "true", content));
        Result<SentNotification> malformed = await Hub.NotifyAsync(_world.Service, "tags.city = Oslo", content);
        TestGateway.Refused(RefusalKind.Malformed, malformed);
        Assert.Contains("at character 13: expected", malformed.Refusal!.Message, StringComparison.Ordinal);
        TestGateway.Refused(RefusalKind.Malformed, await Hub.NotifyGroupAsync(_world.Service, "a'b", content));
        byte[] large = new byte[_world.Gateway.Limits.MaxMessageBytes + 1];
        TestGateway.Refused(RefusalKind.TooLarge, await Hub.NotifyAsync(_world.Service, "true", large));
        TestGateway.Refused(RefusalKind.Expired, await Terms(new NotificationTerms { ExpiresAtMs = _world.NowMs }));
        long latest = _world.NowMs + _world.Gateway.Limits.MaxTtlMs;
        TestGateway.Refused(RefusalKind.Malformed, await Terms(new NotificationTerms { ExpiresAtMs = latest + 1 }));
        TestGateway.Refused(RefusalKind.Malformed, await Terms(new NotificationTerms { MessageId = new string('x', 257) }));
        TestGateway.Refused(RefusalKind.Malformed, await Terms(new NotificationTerms { MessageId = "" }));
        for (int i = 0; i < 4; i++)
            await NotifyAsync("true");
        Result<SentNotification> beyondShare = await Terms(new NotificationTerms());
        TestGateway.Refused(RefusalKind.Throttled, beyondShare);
        Assert.Contains("its share", beyondShare.Refusal!.Message, StringComparison.Ordinal);
        _world.Memory.Unavailable = true;
        TestGateway.Refused(RefusalKind.Unavailable, await Terms(new NotificationTerms()));
        TestGateway.Refused(RefusalKind.Unavailable, await Hub.RecallAsync(new Sequence(1), "ops"));

        ValueTask<Result<SentNotification>> Terms(NotificationTerms terms) => Hub.NotifyAsync(_world.Service, "true", content, terms);
    }

    [Fact]
    public async Task Devices_attach_and_are_tagged_while_notifications_are_sent_and_none_misses_one()
    {
        const int Devices = 24;
        for (int i = 0; i < Devices; i++)
            await DeviceAsync($"d-{i}");
        var sessions = new MailboxSession[Devices];
        var sent = new List<Sequence>();
        Task attach = Task.Run(async () =>
        {
            for (int i = 0; i < Devices; i++)
            {
                DeviceRecord record = TestGateway.Ok(await _world.Gateway.Devices.FindAsync($"d-{i}"));
                (sessions[i], _) = await _world.AttachAsync(TestGateway.Principal(record));
            }
        });
        Task tag = Task.Run(async () =>
        {
            for (int i = 0; i < Devices; i++)
                TestGateway.Ok(await _world.Gateway.Devices.ChangeAsync($"d-{i}", new DeviceUpdate { Groups = ["all"] }));
        });
        for (int i = 0; i < 4; i++)
            sent.Add((await NotifyAsync("groups has 'all'")).Sequence);
        await attach;
        await tag;
        foreach (MailboxSession session in sessions)
            Assert.Equal(sent, (await LeaseAsync(session)).Select(m => m.Sequence));
    }

    [Fact]
    public async Task Devices_without_tags_and_groups_share_what_is_known_of_them()
    {
        (MailboxSession one, _) = await HoldAsync("one");
        (MailboxSession other, _) = await HoldAsync("other");
        Assert.Same(one.Facts, other.Facts);
    }

    private static async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(MailboxSession session) =>
        TestGateway.Ok(await session.LeaseAsync(100, int.MaxValue));

    private async Task<DevicePrincipal> DeviceAsync(string id, string? tags = null, params string[] groups) =>
        TestGateway.Principal(TestGateway.Ok(await _world.Gateway.Devices.CreateAsync(id, tags: tags, groups: groups)));

    private async Task<(MailboxSession Session, TestReceiver Receiver)> HoldAsync(string id, string? tags = null, params string[] groups) =>
        await _world.AttachAsync(await DeviceAsync(id, tags, groups));

    private async Task<SentNotification> NotifyAsync(string audience, long? ttlMs = null)
    {
        var terms = new NotificationTerms { ExpiresAtMs = ttlMs is long ttl ? _world.NowMs + ttl : null };
        return TestGateway.Ok(await Hub.NotifyAsync(_world.Service, audience, TestGateway.Content("news"), terms));
    }
}
