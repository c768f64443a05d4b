using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Mailboxes;

public sealed class FilteredLeaseTests : IAsyncDisposable
{
    private readonly TestGateway _test = new(new GatewayLimits(), new MailboxLimits { MaxDepth = 100 });

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_filter_chooses_and_the_rest_waits_uncounted()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        foreach (string body in new[] { "a1", "b1", "b2", "a2", "a3", "b3" })
            await _test.SendAsync("d", body);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        var filter = new Beginning("a");
        Assert.Equal(["a1", "a2"], Texts(await session.LeaseAsync(2, int.MaxValue, filter: filter)));
        Assert.Equal(["a3"], Texts(await session.LeaseAsync(2, int.MaxValue, filter: filter)));
        Assert.Empty(Ok(await session.LeaseAsync(2, int.MaxValue, filter: filter)));
        IReadOnlyList<LeasedMessage> rest = Ok(await session.LeaseAsync(10, int.MaxValue));
        Assert.Equal(["b1", "b2", "b3"], rest.Select(m => Text(m.Content)));
        Assert.All(rest, m => Assert.Equal(1, m.DeliveryCount));
    }

    [Fact]
    public async Task What_a_filter_did_not_want_is_not_looked_at_again_and_new_mail_is()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        for (int i = 0; i < 50; i++)
            await _test.SendAsync("d", $"b{i}");
        (MailboxSession session, _) = await _test.AttachAsync(device);
        var filter = new Beginning("a");
        Assert.Empty(Ok(await session.LeaseAsync(10, int.MaxValue, filter: filter)));
        Assert.Equal(50, filter.Asked);
        await _test.SendAsync("d", "a");
        Assert.Equal(["a"], Texts(await session.LeaseAsync(10, int.MaxValue, filter: filter)));
        Assert.Equal(51, filter.Asked);
        var other = new Beginning("b4");
        Assert.Equal(["b4", "b40"], Texts(await session.LeaseAsync(2, int.MaxValue, filter: other)));
    }

    [Fact]
    public async Task Kinds_and_bytes_bound_a_filtered_lease_too()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        foreach (string body in new[] { "a1", "b1", "a2", "a3" })
            await _test.SendAsync("d", body);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        var filter = new Beginning("a");
        Assert.Empty(Ok(await session.LeaseAsync(10, int.MaxValue, MessageKinds.Notifications, filter)));
        Assert.Equal(0, filter.Asked);
        int size = Content("a1").Length;
        Assert.Equal(["a1", "a2"], Texts(await session.LeaseAsync(10, 2 * size, filter: filter)));
    }

    [Fact]
    public async Task A_session_that_was_taken_over_leases_nothing_with_a_filter_either()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        await _test.SendAsync("d", "a");
        (MailboxSession old, _) = await _test.AttachAsync(device);
        await _test.AttachAsync(device);
        Refused(RefusalKind.Conflict, await old.LeaseAsync(1, 1, filter: new Beginning("a")));
        _test.Hooks.Before = _ => throw new StoreUnavailableException("full");
        Refused(RefusalKind.Unavailable, await old.LeaseAsync(1, 1, filter: new Beginning("a")));
    }

    [Fact]
    public async Task A_look_through_more_than_is_remembered_comes_to_an_end_and_finds_what_is_wanted()
    {
        await using var test = new TestGateway(new GatewayLimits(), new MailboxLimits { MaxDepth = 20_000, MaxBytes = 1L << 30 });
        DevicePrincipal device = await test.DeviceAsync("d");
        for (int i = 0; i < 10_150; i++)
            await test.SendAsync("d", "b");
        await test.SendAsync("d", "a1");
        await test.SendAsync("d", "a2");
        (MailboxSession session, _) = await test.AttachAsync(device);
        int leases = 0;
        test.Hooks.Before = verb => verb == "lease" && ++leases > 300 ? throw new InvalidOperationException("No end.") : Task.CompletedTask;
        var filter = new Beginning("a");
        IReadOnlyList<LeasedMessage> first = Ok(await session.LeaseAsync(1_000, int.MaxValue, filter: filter));
        Assert.Equal(["a1", "a2"], first.Select(m => Text(m.Content)));
        Assert.All(first, m => Assert.Equal(1, m.DeliveryCount));
        Assert.Equal(10_152, filter.Asked);
        await test.SendAsync("d", "a3");
        Assert.Equal(["a3"], Texts(await session.LeaseAsync(1_000, int.MaxValue, filter: filter)));
        Assert.Equal(10_153, filter.Asked);
    }

    [Fact]
    public void What_has_ended_is_forgotten_when_it_has_become_twice_as_much_as_there_was()
    {
        var filter = new Beginning("a");
        var passed = new PassedOver();
        PassedMessages look = passed.Begin(filter);
        look.Add(Enumerable.Range(1, 12_000).Select(i => new Sequence(i)));
        Assert.Same(look, passed.Begin(filter));
        look.Add(Enumerable.Range(12_001, 11_999).Select(i => new Sequence(i)));
        Assert.Same(look, passed.Begin(filter));
        Assert.True(passed.Has(new Sequence(1)));
        look.Add([new Sequence(24_000)]);
        PassedMessages anew = passed.Begin(filter);
        Assert.NotSame(look, anew);
        Assert.Empty(anew.Lend());
        Assert.False(passed.Has(new Sequence(1)));
    }

    [Fact]
    public void A_set_that_is_lent_does_not_change()
    {
        PassedMessages passed = new PassedOver().Begin(new Beginning("a"));
        passed.Add([new Sequence(1)]);
        IReadOnlySet<Sequence> lent = passed.Lend();
        passed.Add([new Sequence(2)]);
        Assert.Single(lent);
        IReadOnlySet<Sequence> second = passed.Lend();
        Assert.Equal(2, second.Count);
        passed.TakeBack(lent);
        passed.TakeBack(second);
        passed.Add([new Sequence(3)]);
        Assert.Equal(3, second.Count);
    }

    [Fact]
    public async Task What_was_chosen_is_handed_out_when_the_rest_cannot_be_given_back()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        foreach (string body in new[] { "a1", "b1" })
            await _test.SendAsync("d", body);
        (MailboxSession session, _) = await _test.AttachAsync(device);
        _test.Hooks.Before = verb => verb == "return" ? throw new StoreUnavailableException("full") : Task.CompletedTask;
        Assert.Equal(["a1"], Texts(await session.LeaseAsync(10, int.MaxValue, filter: new Beginning("a"))));
    }

    [Fact]
    public async Task What_expires_while_it_is_handed_out_is_left_out_and_ends_as_expired()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        Sequence late = await _test.SendAsync("d", "a1", 1_000);
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        _test.Hooks.After = verb =>
        {
            if (verb == "lease")
                _test.Time.Advance(1_000);
            return Task.CompletedTask;
        };
        Assert.Empty(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal(Outcome.Expired, Ok(await _test.Gateway.Outcomes.FindAsync(late)).Outcome);

        foreach (IMessageFilter? filter in new IMessageFilter?[] { null, new Beginning("a") })
        {
            Sequence[] sent =
            [
                await _test.SendAsync("d", "a2", 1_000), await _test.SendAsync("d", "a3", 60_000), await _test.SendAsync("d", "a4", 1_000),
            ];
            LeasedMessage left = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue, filter: filter)));
            Assert.Equal((sent[1], 1), (left.Sequence, left.DeliveryCount));
            Ok(await session.SettleAsync(left.Lease, SettleVerb.Accept));
            Assert.Equal(Outcome.Expired, Ok(await _test.Gateway.Outcomes.FindAsync(sent[0])).Outcome);
            Assert.Equal(0, _test.Gateway.Mailboxes.Totals.Messages);
        }

        // A place further, after all that was leased had expired.
        await _test.SendAsync("d", "a5", 1_000);
        await _test.SendAsync("d", "a6", 60_000);
        Assert.Equal(["a6"], Texts(await session.LeaseAsync(1, int.MaxValue)));
        Assert.Empty(receiver.Taken);
    }

    private static IEnumerable<string> Texts(Result<IReadOnlyList<LeasedMessage>> leased) => Ok(leased).Select(m => Text(m.Content));

    private sealed class Beginning(string wanted) : IMessageFilter
    {
        public int Asked { get; private set; }

        public bool Matches(MessageKind kind, ReadOnlySpan<byte> content)
        {
            Asked++;
            return System.Text.Encoding.UTF8.GetString(ContentReader.BodyOf(content)).StartsWith(wanted, StringComparison.Ordinal);
        }
    }
}
