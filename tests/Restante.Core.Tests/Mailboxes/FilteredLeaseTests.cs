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
