using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Feeds;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Notifications;
using Restante.Core.Outcomes;
using Restante.Core.Paging;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Streams;
using Restante.Core.Telemetry;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>What a policy with a scope reaches, and what becomes of what it does not.</summary>
public sealed class ScopeTests : IAsyncDisposable
{
    private const Rights Everything = Rights.RegistryRead | Rights.RegistryWrite | Rights.Send | Rights.TelemetryRead | Rights.InquiryAnswer;

    private readonly TestGateway _test = new(new() { MaxOutcomesInFlight = 10 }, streams: new StreamLimits { Partitions = 1 });

    private readonly ServicePrincipal _oslo = Of("tags.city = 'Oslo'");

    private Gateway Gateway => _test.Gateway;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public void A_scope_says_what_it_was_made_of_and_nothing_else_is_one()
    {
        PolicyScope scope = Ok(PolicyScope.Create("groups has 'buses'", ["b", "a", "b"], [], ["", "x"]));
        Assert.Equal(["a", "b"], scope.Subjects!);
        PolicyScope read = PolicyScope.Read(scope.Text);
        Assert.Equal(scope, read);
        Assert.Equal(scope.GetHashCode(), read.GetHashCode());
        Assert.NotEqual(scope, Ok(PolicyScope.Create("groups has 'buses'")));
        Assert.Throws<FormatException>(() => PolicyScope.Read("{}"));
        Assert.Throws<FormatException>(() => PolicyScope.Read("[]"));
        Refused(RefusalKind.Malformed, PolicyScope.Create(null));
        Refused(RefusalKind.Malformed, PolicyScope.Create("tags."));
        Refused(RefusalKind.Malformed, PolicyScope.Create(null, ["$certificate"]));
        Refused(RefusalKind.Malformed, PolicyScope.Create(null, null, ["a b"]));
        Refused(RefusalKind.Malformed, PolicyScope.Create(null, null, null, ["a/b"]));
        string[] many = [.. Enumerable.Range(0, PolicyScope.MaxNames + 1).Select(i => $"s{i}")];
        Refused(RefusalKind.Malformed, PolicyScope.Create(null, many));
        Ok(PolicyScope.Create(null, many[1..]));
    }

    [Fact]
    public void Who_has_a_scope_administers_nothing_and_a_token_narrows_it_further()
    {
        var boss = new ServicePrincipal("p", Rights.Admin | Rights.Send, CredentialSlot.Primary, long.MaxValue) { Scope = _oslo.Scope };
        Assert.True(boss.May(Rights.Send));
        Assert.False(boss.May(Rights.Admin));
        Assert.False(boss.May(Rights.RegistryRead));
        var narrowed = new ServicePrincipal("p", Everything, CredentialSlot.Primary, long.MaxValue)
        {
            Scope = _oslo.Scope,
            TokenAddress = "devices/d",
        };
        Assert.False(narrowed.May(Rights.Send));
        Assert.Null(narrowed.For("devices/e"));
        Assert.Same(_oslo.Scope, narrowed.For("devices/d")!.Scope);
    }

    [Theory]
    [InlineData(null, null, null, true, true)]
    [InlineData(null, "g", null, true, false)]
    [InlineData("id = 'x'", null, null, false, false)]
    [InlineData("id = 'x'", "g", null, true, false)]
    [InlineData(null, null, "c", false, false)]
    [InlineData(null, "g", "c", true, false)]
    public void A_group_has_to_be_named_by_who_does_not_see_all_telemetry(string? audience, string? group, string? channel, bool own, bool other)
    {
        var service = new ServicePrincipal("p", Everything, CredentialSlot.Primary, long.MaxValue)
        {
            Scope = audience is null && group is null && channel is null
                ? null
                : Ok(PolicyScope.Create(audience, null, group is null ? null : [group], channel is null ? null : [channel])),
        };
        Assert.Equal((own, other), (service.ReadsGroup("g"), service.ReadsGroup("h")));
    }

    [Fact]
    public async Task A_device_that_leaves_the_audience_is_out_at_once_and_comes_back_in()
    {
        await DeviceAsync("d", "Oslo");
        Ok(await Gateway.Devices.For(_oslo).FindAsync("d"));
        Ok(await Gateway.Mailboxes.SendCommandAsync(_oslo, "d", Content("x")));
        await MoveAsync("d", "Bergen");
        Result<DeviceRecord> outside = await Gateway.Devices.For(_oslo).FindAsync("d");
        Assert.Equal((await Gateway.Devices.FindAsync("nobody")).Refusal!.Message.Replace("nobody", "d", StringComparison.Ordinal), outside.Refusal!.Message);
        Refused(RefusalKind.NotFound, await Gateway.Mailboxes.SendCommandAsync(_oslo, "d", Content("x")));
        await MoveAsync("d", "Oslo");
        Ok(await Gateway.Mailboxes.SendCommandAsync(_oslo, "d", Content("x")));
    }

    [Fact]
    public async Task A_change_is_done_to_the_device_that_was_looked_at_or_not_at_all()
    {
        await DeviceAsync("d", "Oslo");
        ReachedDevices devices = Gateway.Devices.For(_oslo);
        Ok(await devices.ChangeAsync("d", new DeviceUpdate { Status = DeviceStatus.Disabled }));
        Refused(RefusalKind.Forbidden, await devices.ChangeAsync("d", new DeviceUpdate { Tags = "{}" }));
        Refused(RefusalKind.Malformed, await devices.ChangeAsync("d", new DeviceUpdate { Tags = "nothing" }));
        DeviceRecord seen = Ok(await devices.FindAsync("d"));
        Refused(RefusalKind.Conflict, await devices.RemoveAsync("d", seen.Version - 1));
        await MoveAsync("d", "Bergen");
        Refused(RefusalKind.NotFound, await devices.RemoveAsync("d", seen.Version + 1));
        Refused(RefusalKind.NotFound, await devices.RotateKeyAsync("d", CredentialSlot.Primary));
        Ok(await Gateway.Devices.FindAsync("d"));
    }

    [Fact]
    public async Task With_an_audience_devices_are_given_keys_only()
    {
        await DeviceAsync("d", "Oslo");
        ReachedDevices devices = Gateway.Devices.For(_oslo);
        const string Tags = """{"city":"Oslo"}""";
        foreach (Credential foreign in new Credential[] { AuthoritySigned.ByAny, CertificateThumbprint.Of([1, 2, 3]) })
        {
            Refused(RefusalKind.Forbidden, await devices.CreateAsync("e", primary: foreign, tags: Tags));
            Refused(RefusalKind.Forbidden, await devices.CreateAsync("e", secondary: foreign, tags: Tags));
            Refused(RefusalKind.Forbidden, await devices.SetCredentialAsync("d", CredentialSlot.Primary, foreign));
            Refused(RefusalKind.Forbidden, await devices.ChangeAsync("d", new DeviceUpdate { Secondary = foreign }));
            ImportedDevice[] lines = [new("d") { Primary = foreign }, new("f") { Secondary = foreign, Tags = Tags }];
            Assert.All(await devices.ImportAsync(lines, update: true), static r => Assert.Equal(RefusalKind.Forbidden, r.Refusal!.Kind));
            Ok(await Gateway.Devices.SetCredentialAsync("d", CredentialSlot.Primary, foreign));
            Assert.Equal(DeviceLineStatus.Unchanged, (await devices.ImportAsync([new("d") { Primary = foreign }], update: true))[0].Status);
            Ok(await devices.SetCredentialAsync("d", CredentialSlot.Primary, Credential.None));
        }

        Ok(await devices.CreateAsync("e", primary: SymmetricKey.Generate(), tags: Tags));
        Refused(RefusalKind.NotFound, await Gateway.Devices.FindAsync("f"));
    }

    [Fact]
    public async Task A_reader_is_handed_what_is_inside_and_its_place_passes_the_rest()
    {
        DevicePrincipal inside = await DeviceAsync("in", "Oslo");
        await DeviceAsync("out", "Bergen");
        FeedReader<OutcomeRecord> reader = Gateway.Outcomes.Reader(OutcomeFeed.ReaderOf("p"));
        await EndAsync("out", 3);
        await EndAsync("in", 2);
        await EndAsync("out", 1);
        IReadOnlyList<TakenItem<OutcomeRecord>> taken = Ok(await reader.TakeAsync(_oslo, 10));
        Assert.Equal([4, 5], taken.Select(t => t.Number));
        Assert.Empty(Ok(await reader.TakeAsync(_oslo, 10)));
        Assert.True(Ok(await reader.AcceptAsync(taken[1])));
        Assert.Equal(0, await CursorAsync());
        Assert.True(Ok(await reader.AcceptAsync(taken[0])));
        Assert.Equal(6, await CursorAsync());

        // What is given back and has left the scope meanwhile is dealt with, too.
        await EndAsync("in", 1);
        TakenItem<OutcomeRecord> last = Assert.Single(Ok(await reader.TakeAsync(_oslo, 10)));
        reader.Release(last);
        await MoveAsync(inside.Name, "Bergen");
        Assert.Empty(Ok(await reader.TakeAsync(_oslo, 10)));
        Assert.Equal(7, await CursorAsync());
    }

    [Fact]
    public async Task A_place_moves_on_without_anything_being_accepted_and_much_is_looked_at_in_pieces()
    {
        await DeviceAsync("in", "Oslo");
        await DeviceAsync("out", "Bergen");
        FeedReader<OutcomeRecord> reader = Gateway.Outcomes.Reader(OutcomeFeed.ReaderOf("p"));
        await EndAsync("out", ScopedReading.MaxLookedAt + 10);
        await EndAsync("in", 1);
        var receiver = new TestReceiver();
        Gateway.Outcomes.Added.Add(receiver);
        Assert.Empty(Ok(await reader.TakeAsync(_oslo, 4)));
        Assert.Equal(1, receiver.Wakes);
        Assert.True(await CursorAsync() >= ScopedReading.MaxLookedAt);
        Assert.Single(Ok(await reader.TakeAsync(_oslo, 4)));

        OutcomeBatch page = Ok(await Gateway.Outcomes.ReadAsync(_oslo, 0, 100));
        Assert.Equal((0, true), (page.Outcomes.Count, page.IsUnfinished));
        OutcomeBatch rest = Ok(await Gateway.Outcomes.ReadAsync(_oslo, page.Next!.Value, 100));
        Assert.Equal("in", Assert.Single(rest.Outcomes).Device.Value);
        Assert.Equal(ScopedReading.MaxLookedAt + 11, rest.Next);
    }

    [Fact]
    public async Task Few_are_looked_for_in_steps_as_many_are_and_a_page_ends_at_its_last_one()
    {
        const int Unseen = (3 * PageBounds.UsualStep) + 10;
        await DeviceAsync("in", "Oslo");
        await DeviceAsync("out", "Bergen");
        await EndAsync("out", Unseen);
        await EndAsync("in", 2);
        await EndAsync("out", 1);
        await EndAsync("in", 1);
        int reads = 0;
        _test.Hooks.Before = verb =>
        {
            reads += verb == "read" ? 1 : 0;
            return Task.CompletedTask;
        };
        var pages = new List<(long? Shown, long Next, bool IsUnfinished, int Reads)>();
        long after = 0;
        for (int i = 0; i < 4; i++)
        {
            reads = 0;
            OutcomeBatch page = Ok(await Gateway.Outcomes.ReadAsync(_oslo, after, 1));
            after = page.Next!.Value;
            pages.Add((page.Outcomes.SingleOrDefault()?.Number, after, page.IsUnfinished, reads));
        }

        Assert.Equal(
            [
                (Unseen + 1, Unseen + 1, true, 4), (Unseen + 2, Unseen + 2, true, 1), (Unseen + 4, Unseen + 4, true, 1),
                (null, Unseen + 4, false, 1),
            ],
            pages);
    }

    [Fact]
    public async Task Of_a_device_that_is_no_more_a_service_sees_its_own_messages_only_and_an_older_one_of_the_id_is_another()
    {
        DevicePrincipal device = await DeviceAsync("d", "Oslo");
        Ok(await Gateway.Telemetry.PublishAsync(device, null, Content("old")));
        Sequence own = Ok(await Gateway.Mailboxes.SendCommandAsync(_oslo, "d", Content("x"))).Sequence;
        Sequence foreign = await _test.SendAsync("d", "y");
        Ok(await Gateway.Devices.RemoveAsync("d"));
        Assert.Equal(Outcome.DeviceRemoved, Ok(await Gateway.Outcomes.FindAsync(_oslo, own)).Outcome);
        Refused(RefusalKind.NotFound, await Gateway.Outcomes.FindAsync(_oslo, foreign));
        Assert.Empty(Ok(await Gateway.Telemetry.ReadAsync(_oslo, StreamId.Telemetry(0), 1, 10, 1_000)).Records);
        _test.Time.Advance(1_000);
        device = await DeviceAsync("d", "Oslo");
        Ok(await Gateway.Telemetry.PublishAsync(device, null, Content("new")));
        StreamBatch batch = Ok(await Gateway.Telemetry.ReadAsync(_oslo, StreamId.Telemetry(0), 1, 10, 1_000));
        Assert.Equal("new", Text(Assert.Single(batch.Records).Content));
        Refused(RefusalKind.NotFound, await Gateway.Outcomes.FindAsync(_oslo, foreign));
        Assert.All(Ok(await Gateway.History.ReadAsync(_oslo, "d", null, 100)), r => Assert.True(r.Entry.AtMs >= _test.NowMs));
    }

    [Fact]
    public async Task A_group_checkpoint_passes_what_its_reader_is_not_shown()
    {
        DevicePrincipal inside = await DeviceAsync("in", "Oslo"), outside = await DeviceAsync("out", "Bergen");
        ServicePrincipal reader = Of("tags.city = 'Oslo'", ["g"]);
        GroupMembership member = Ok(await Gateway.Groups.JoinAsync(reader, "g", "r", StreamStart.Earliest));
        await PublishAsync(outside, 2);
        await PublishAsync(inside, 2);
        await PublishAsync(outside, 2);
        IReadOnlyList<GroupRecord> records = Ok(await member.ReadAsync(10, 1_000));
        Assert.Equal([3L, 4L], records.Select(r => r.Record.SequenceNumber));
        Assert.True(member.Accept(records[1]));
        Assert.True(member.Release(records[0]));
        await MoveAsync("in", "Bergen");
        Assert.Empty(Ok(await member.ReadAsync(10, 1_000)));
        Ok(await member.FlushAsync());
        Assert.Equal(7, Ok(await Gateway.Groups.FindAsync(reader, "g")).Partitions[0].NextSequenceNumber);
        Refused(RefusalKind.Forbidden, await Gateway.Groups.JoinAsync(reader, "h", "r", StreamStart.Earliest));
        Refused(RefusalKind.Forbidden, await Gateway.Groups.PollAsync(_oslo, "g", "r", StreamStart.Earliest));
        Refused(RefusalKind.NotFound, await Gateway.Groups.FindAsync(_oslo, "g"));
        Assert.Empty(Ok(await Gateway.Groups.ListAsync(_oslo)));
    }

    [Fact]
    public async Task A_poll_reads_by_the_scope_that_its_policy_has_now()
    {
        DevicePrincipal oslo = await DeviceAsync("in", "Oslo"), bergen = await DeviceAsync("out", "Bergen");
        await PublishAsync(oslo, 1);
        await PublishAsync(bergen, 1);
        GroupMembership before = Ok(await Gateway.Groups.PollAsync(Of("tags.city = 'Oslo'", ["g"]), "g", "r", StreamStart.Earliest));
        Assert.Equal("in", Assert.Single(Ok(await before.ReadAsync(10, 1_000))).Record.Source);
        before.Rest();
        GroupMembership after = Ok(await Gateway.Groups.PollAsync(Of("tags.city = 'Bergen'", ["g"]), "g", "r", StreamStart.Earliest));
        Assert.Same(before, after);
        await PublishAsync(oslo, 1);
        await PublishAsync(bergen, 1);
        Assert.Equal(["out"], Ok(await after.ReadAsync(10, 1_000)).Select(r => r.Record.Source));
    }

    [Fact]
    public async Task An_inquiry_without_a_handler_whose_scope_fits_has_none()
    {
        DevicePrincipal inside = await DeviceAsync("in", "Oslo"), outside = await DeviceAsync("out", "Bergen");
        using InquiryHandler handler = Ok(Gateway.Inquiries.Attach(_oslo, "weather"));
        Refused(RefusalKind.NotFound, await Gateway.Inquiries.AskAsync(outside, "weather", "q", Content("?"), null, onlyIfHandled: true));
        Ok(await Gateway.Inquiries.AskAsync(outside, "weather", "q", Content("?"), null, onlyIfHandled: false));
        AskedInquiry asked = Ok(await Gateway.Inquiries.AskAsync(inside, "weather", "q", Content("?"), null, onlyIfHandled: true));
        TakenInquiry taken = Assert.Single(Ok(await handler.TakeAsync(10, 1_000)));
        Assert.Equal(asked.Inquiry.Number, taken.Number);

        // What waits is for it from the moment on that its device comes into the scope, and it is woken for that.
        var waiter = new TestReceiver();
        handler.Added.Add(waiter);
        await MoveAsync("out", "Oslo");
        Assert.True(waiter.Wakes > 0);
        TakenInquiry other = Assert.Single(Ok(await handler.TakeAsync(10, 1_000)));
        Assert.Equal("out", other.Device.Value);

        // In hand and outside again: it cannot be answered or kept, only given back.
        await MoveAsync("out", "Bergen");
        Refused(RefusalKind.NotFound, await Gateway.Inquiries.AnswerAsync(_oslo, other.Number, Content("!"), true));
        Refused(RefusalKind.Expired, await Gateway.Inquiries.SettleAsync(_oslo, other.Lease, SettleVerb.Accept));
        Ok(await Gateway.Inquiries.SettleAsync(_oslo, other.Lease, SettleVerb.Release));
        Ok(await Gateway.Inquiries.AnswerAsync(_oslo, taken.Number, Content("!"), true));
        ServicePrincipal traffic = Of(null, null, ["traffic"]);
        Refused(RefusalKind.Forbidden, Gateway.Inquiries.Attach(traffic, "weather"));
        Refused(RefusalKind.Forbidden, Gateway.Inquiries.OpenEnded(traffic, "weather"));
        Refused(RefusalKind.Forbidden, await Gateway.Inquiries.ReadEndedAsync(traffic, "weather", 0, 10));
    }

    [Fact]
    public async Task A_notification_is_for_the_scope_and_its_audience_as_long_as_it_is_active()
    {
        DevicePrincipal device = await DeviceAsync("d", "Bergen");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        SentNotification sent = Ok(await Gateway.Notifications.NotifyAsync(_oslo, "id like '%'", Content("x")));
        Assert.True(sent.MatchesNobody);
        Assert.Empty(Ok(await session.LeaseAsync(10, 1_000)));
        await MoveAsync("d", "Oslo");
        await MoveAsync("d", "Bergen");
        Assert.Empty(Ok(await session.LeaseAsync(10, 1_000)));
        await MoveAsync("d", "Oslo");
        Assert.Single(Ok(await session.LeaseAsync(10, 1_000)));
        SentNotification foreign = Ok(await Gateway.Notifications.NotifyGroupAsync(_test.Service, "all", Content("x")));
        Refused(RefusalKind.NotFound, await Gateway.Notifications.GetAsync(_oslo, foreign.Sequence));
        Assert.Equal(sent.Sequence, Assert.Single(Ok(await Gateway.Notifications.ListAsync(_oslo, default, 10))).Sequence);
        Refused(RefusalKind.Malformed, await Gateway.Notifications.NotifyAsync(_oslo, "tags.", Content("x")));
    }

    [Fact]
    public async Task The_own_notifications_are_found_without_those_of_others_being_read()
    {
        var own = new List<Sequence>();
        for (int i = 0; i < 30; i++)
        {
            Ok(await Gateway.Notifications.NotifyGroupAsync(_test.Service, "all", Content("x")));
            if (i % 10 == 9)
                own.Add(Ok(await Gateway.Notifications.NotifyAsync(_oslo, "id like '%'", Content("x"))).Sequence);
        }

        int before = _test.Store.NotificationHooks.Lists;
        var listed = new List<Sequence>();
        for (Sequence after = default; Ok(await Gateway.Notifications.ListAsync(_oslo, after, 1)) is [NotificationRecord one]; after = one.Sequence)
            listed.Add(one.Sequence);
        Assert.Equal(own, listed);
        Assert.Equal(own.Count + 1, _test.Store.NotificationHooks.Lists - before);
        Assert.Equal(33, Ok(await Gateway.Notifications.ListAsync(_test.Service, default, 100)).Count);
    }

    [Fact]
    public async Task Another_scope_ends_the_connections_and_no_older_one_is_entered()
    {
        PolicyRecord policy = Ok(await Gateway.Policies.CreateAsync("p", Everything, null, _oslo.Scope));
        var principal = (ServicePrincipal)Ok(await Gateway.Authenticator.AuthenticateAsync(
            new AuthenticationAttempt("policy/p", policy.PrimaryKey.Reveal(), "here")));
        Assert.Equal(_oslo.Scope, principal.Scope);
        var connection = new TestConnection();
        Gateway.Connections.Add(principal, connection, new ConnectionName("amqp", 1, null));
        Assert.Null(await Gateway.Devices.RecheckAsync(principal));
        Ok(await Gateway.Policies.SetScopeAsync("p", _oslo.Scope));
        Assert.Empty(connection.Ends);
        Ok(await Gateway.Policies.SetScopeAsync("p", null));
        Assert.Equal([EndReason.ScopeChanged], connection.Ends);
        Assert.Equal(RefusalKind.Unauthorized, (await Gateway.Devices.RecheckAsync(principal))!.Kind);
        Refused(RefusalKind.NotFound, await Gateway.Policies.SetScopeAsync("q", null));
        Ok(await Gateway.Policies.CreateAsync("boss", Rights.Admin));
        Refused(RefusalKind.Malformed, await Gateway.Policies.SetScopeAsync("boss", _oslo.Scope));
        Refused(RefusalKind.Malformed, await Gateway.Policies.CreateAsync("boss2", Rights.Admin, null, _oslo.Scope));
    }

    [Fact]
    public async Task A_policy_that_loses_a_right_loses_its_connections_and_one_that_gets_more_does_not()
    {
        PolicyRecord policy = Ok(await Gateway.Policies.CreateAsync("p", Rights.Send | Rights.TelemetryRead));
        ServicePrincipal before = await EnterAsync();
        var connection = new TestConnection();
        Gateway.Connections.Add(before, connection, new ConnectionName("amqp", 1, null));
        Ok(await Gateway.Policies.SetRightsAsync("p", Rights.Send | Rights.TelemetryRead | Rights.RegistryRead));
        Ok(await Gateway.Policies.SetRightsAsync("p", Rights.Admin));
        Assert.Empty(connection.Ends);
        Assert.Null(await Gateway.Devices.RecheckAsync(before));
        Assert.True((await EnterAsync()).May(Rights.AuditRead));
        ServicePrincipal boss = await EnterAsync();
        Assert.Equal(Rights.TelemetryRead, Ok(await Gateway.Policies.SetRightsAsync("p", Rights.TelemetryRead)).Rights);
        Assert.Equal([EndReason.RightsChanged], connection.Ends);
        Assert.Equal(RefusalKind.Unauthorized, (await Gateway.Devices.RecheckAsync(before))!.Kind);
        Assert.Equal(RefusalKind.Unauthorized, (await Gateway.Devices.RecheckAsync(boss))!.Kind);
        ServicePrincipal now = await EnterAsync();
        Assert.Equal((true, false), (now.May(Rights.TelemetryRead), now.May(Rights.Send)));
        Ok(await Gateway.Policies.SetRightsAsync("p", Rights.TelemetryRead));
        Assert.Single(connection.Ends);

        Refused(RefusalKind.NotFound, await Gateway.Policies.SetRightsAsync("q", Rights.Send));
        Refused(RefusalKind.Malformed, await Gateway.Policies.SetRightsAsync("p", Rights.None));
        Refused(RefusalKind.Forbidden, await Gateway.Policies.SetRightsAsync(PolicyNames.Administrator, Rights.Send));
        Ok(await Gateway.Policies.SetScopeAsync("p", _oslo.Scope));
        Refused(RefusalKind.Malformed, await Gateway.Policies.SetRightsAsync("p", Rights.Admin));

        async Task<ServicePrincipal> EnterAsync() => (ServicePrincipal)Ok(await Gateway.Authenticator.AuthenticateAsync(
            new AuthenticationAttempt("policy/p", policy.PrimaryKey.Reveal(), "here")));
    }

    internal static ServicePrincipal Of(string? audience, string[]? groups = null, string[]? subjects = null) =>
        new("p", Everything, CredentialSlot.Primary, long.MaxValue) { Scope = Ok(PolicyScope.Create(audience, subjects, groups)) };

    private async Task<DevicePrincipal> DeviceAsync(string id, string city) =>
        Principal(Ok(await Gateway.Devices.CreateAsync(id, tags: $$"""{"city":"{{city}}"}""")));

    private async Task MoveAsync(string id, string city) =>
        Ok(await Gateway.Devices.ChangeAsync(id, new DeviceUpdate { Tags = $$"""{"city":"{{city}}"}""" }));

    private async Task PublishAsync(DevicePrincipal device, int count)
    {
        for (int i = 0; i < count; i++)
            Ok(await Gateway.Telemetry.PublishAsync(device, null, Content("x")));
    }

    private async Task EndAsync(string device, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Sequence sent = await _test.SendAsync(device, "x");
            Ok(await Gateway.Mailboxes.CancelAsync(sent, "test"));
        }
    }

    private ValueTask<long> CursorAsync() => _test.Memory.Mailboxes.GetCursorAsync(OutcomeFeed.ReaderOf("p"));
}
