using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Notifications;

/// <summary>Notifications stand in their place also where something else is quicker than the one who sends them.</summary>
public sealed class NotificationOrderTests : IAsyncDisposable
{
    private readonly TestGateway _world = new(mailboxes: new MailboxLimits { RedeliveryDelayMs = 0 });

    private NotificationHub Hub => _world.Gateway.Notifications;

    private HookedNotifications Hooks => _world.Store.NotificationHooks;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_command_that_is_stored_before_the_notification_was_offered_comes_after_it()
    {
        (MailboxSession bus, _) = await HoldAsync("bus", "all");
        Sequence after = default;
        IReadOnlyList<LeasedMessage> meanwhile = [];
        Hooks.AfterPublish = async _ =>
        {
            after = await _world.SendAsync("bus", "after");
            meanwhile = await LeaseAsync(bus);
        };
        SentNotification sent = await NotifyAsync("groups has 'all'");
        Assert.Equal([sent.Sequence, after], meanwhile.Select(m => m.Sequence));
        Assert.Empty(await LeaseAsync(bus));
    }

    [Fact]
    public async Task Of_two_that_have_not_been_offered_yet_both_come_in_their_places()
    {
        (MailboxSession bus, TestReceiver receiver) = await HoldAsync("bus", "all");
        (MailboxSession tram, _) = await HoldAsync("tram", "trams");
        var all = new List<Sequence>();
        IReadOnlyList<LeasedMessage> first = [], rest = [], other = [];
        Hooks.AfterPublish = async sequence =>
        {
            Hooks.AfterPublish = async second =>
            {
                all.Add(second);
                all.Add(await _world.SendAsync("bus", "last"));
                await _world.SendAsync("tram", "other");
                first = Ok(await bus.LeaseAsync(2, int.MaxValue));
                rest = await LeaseAsync(bus);
                other = await LeaseAsync(tram);
            };
            all.Add(sequence);
            all.Add(await _world.SendAsync("bus", "between"));
            await NotifyAsync("groups has 'all'");
        };
        await NotifyAsync("groups has 'all'");
        Assert.Equal(all, first.Concat(rest).Select(m => m.Sequence));
        Assert.Equal(MessageKind.Command, Assert.Single(other).Kind);
        Assert.Empty(receiver.Taken);
    }

    [Fact]
    public async Task What_waits_before_the_notification_is_handed_out_and_the_rest_is_asked_for_again()
    {
        (MailboxSession bus, TestReceiver receiver) = await HoldAsync("bus", "all");
        SentNotification first = await NotifyAsync("groups has 'all'");
        int wakes = 0;
        var got = new List<Sequence>();
        Sequence after = default;
        Hooks.AfterPublish = async _ =>
        {
            after = await _world.SendAsync("bus", "after");
            wakes = receiver.Wakes;
            got.AddRange((await LeaseAsync(bus)).Select(m => m.Sequence));
            Assert.True(receiver.Wakes > wakes);
            got.AddRange((await LeaseAsync(bus)).Select(m => m.Sequence));
        };
        SentNotification second = await NotifyAsync("groups has 'all'");
        Assert.Equal([first.Sequence, second.Sequence, after], got);
    }

    [Fact]
    public async Task One_that_is_recalled_before_its_sender_heard_of_it_is_forgotten()
    {
        Hooks.AfterPublish = async sequence => Ok(await Hub.RecallAsync(sequence, "ops"));
        SentNotification sent = await NotifyAsync("groups has 'all'");
        (MailboxSession bus, _) = await HoldAsync("bus", "all");
        Assert.Empty(await LeaseAsync(bus));
        Assert.DoesNotContain(sent.Sequence, Hooks.Offered);
    }

    [Fact]
    public async Task One_that_is_recalled_while_what_is_active_is_read_is_forgotten()
    {
        SentNotification sent = await NotifyAsync("groups has 'all'");
        using Gateway again = _world.Reopen();
        DeviceRecord record = Ok(await again.Devices.CreateAsync("bus", groups: ["all"]));
        Task? recall = null;
        Hooks.AfterListActive = () => recall ??= RecallAsync(again.Notifications, sent.Sequence);
        Ok(await again.Mailboxes.AttachAsync(Principal(record), new TestReceiver()));
        await recall!;
        Hooks.Offered.Clear();
        Ok(await again.Mailboxes.AttachAsync(Principal(record), new TestReceiver()));
        Assert.DoesNotContain(sent.Sequence, Hooks.Offered);
    }

    private static async Task RecallAsync(NotificationHub hub, Sequence sequence) => Ok(await hub.RecallAsync(sequence, "ops"));

    private static async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(MailboxSession session) =>
        Ok(await session.LeaseAsync(100, int.MaxValue));

    private async Task<(MailboxSession Session, TestReceiver Receiver)> HoldAsync(string id, params string[] groups) =>
        await _world.AttachAsync(Principal(Ok(await _world.Gateway.Devices.CreateAsync(id, groups: groups))));

    private async Task<SentNotification> NotifyAsync(string audience) =>
        Ok(await Hub.NotifyAsync(_world.Service, audience, Content("news")));
}
