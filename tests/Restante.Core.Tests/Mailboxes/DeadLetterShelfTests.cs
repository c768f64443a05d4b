using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Mailboxes;

public sealed class DeadLetterShelfTests : IAsyncDisposable
{
    private const int Ttl = 3_600_000;

    private readonly TestGateway _test = new(
        new GatewayLimits { DefaultTtlMs = 100_000, MaxTtlMs = Ttl }, new MailboxLimits { MaxDepth = 2 });

    private DeadLetterShelf Shelf => _test.Gateway.DeadLetters;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_rejected_message_is_looked_at_and_sent_again()
    {
        (DeviceRecord device, MailboxSession session, TestReceiver receiver) = await AttachAsync();
        Sequence rejected = await RejectAsync(session);
        Assert.Equal(rejected, Assert.Single(Ok(await Shelf.ListAsync(device, default, 10))).Sequence);
        Assert.Equal("broken", Ok(await Shelf.FindAsync(device, rejected)).Reason);
        int wakes = receiver.Wakes;
        SentMessage sent = Ok(await Shelf.ResendAsync(device, rejected, null));
        Assert.Equal((_test.NowMs + 100_000, 1, wakes + 1), (sent.ExpiresAtMs, sent.Depth, receiver.Wakes));
        LeasedMessage again = Assert.Single(Ok(await session.LeaseAsync(10, int.MaxValue)));
        Assert.Equal((sent.Sequence, "a", 1), (again.Sequence, Text(again.Content), again.DeliveryCount));
        Refused(RefusalKind.NotFound, await Shelf.ResendAsync(device, rejected, null));
        Refused(RefusalKind.NotFound, await Shelf.FindAsync(device, rejected));
    }

    [Fact]
    public async Task What_cannot_be_sent_again_stays()
    {
        (DeviceRecord device, MailboxSession session, _) = await AttachAsync();
        Sequence rejected = await RejectAsync(session);
        Refused(RefusalKind.Expired, await Shelf.ResendAsync(device, rejected, _test.NowMs));
        Refused(RefusalKind.Malformed, await Shelf.ResendAsync(device, rejected, _test.NowMs + Ttl + 1));
        await _test.SendAsync("d", "b");
        await _test.SendAsync("d", "c");
        Refused(RefusalKind.MailboxFull, await Shelf.ResendAsync(device, rejected, _test.NowMs + Ttl));
        Assert.Single(Ok(await Shelf.ListAsync(device, default, 10)));
    }

    [Fact]
    public async Task Shelved_messages_are_deleted()
    {
        (DeviceRecord device, MailboxSession session, _) = await AttachAsync();
        Sequence[] rejected = [await RejectAsync(session), await RejectAsync(session), await RejectAsync(session)];
        Assert.Equal(rejected[1..2], Ok(await Shelf.ListAsync(device, rejected[0], 1)).Select(m => m.Sequence));
        Assert.Equal(rejected[0], Ok(await Shelf.DeleteAsync(device, rejected[0])));
        Refused(RefusalKind.NotFound, await Shelf.DeleteAsync(device, rejected[0]));
        Assert.Equal(2, Ok(await Shelf.DeleteAllAsync(device)));
        Assert.Empty(Ok(await Shelf.ListAsync(device, default, 10)));
        Refused(RefusalKind.Malformed, await Shelf.ListAsync(device, default, 0));
        Refused(RefusalKind.Malformed, await Shelf.ListAsync(device, default, 1_001));
    }

    [Fact]
    public async Task A_store_that_takes_no_work_is_unavailable()
    {
        (DeviceRecord device, MailboxSession session, _) = await AttachAsync();
        Sequence rejected = await RejectAsync(session);
        _test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await Shelf.DeleteAsync(device, rejected));
        Refused(RefusalKind.Unavailable, await Shelf.DeleteAllAsync(device));
        Refused(RefusalKind.Unavailable, await Shelf.ResendAsync(device, rejected, null));
        _test.Memory.Unavailable = false;
        Ok(await Shelf.ResendAsync(device, rejected, null));
    }

    private async Task<(DeviceRecord Device, MailboxSession Session, TestReceiver Receiver)> AttachAsync()
    {
        DevicePrincipal device = await _test.DeviceAsync("d");
        (MailboxSession session, TestReceiver receiver) = await _test.AttachAsync(device);
        return (Ok(await _test.Gateway.Devices.FindAsync("d")), session, receiver);
    }

    private async Task<Sequence> RejectAsync(MailboxSession session)
    {
        Sequence sequence = await _test.SendAsync("d", "a");
        Ok(await session.SettleAsync(Ok(await session.LeaseAsync(1, 1))[0].Lease, SettleVerb.Reject, "broken"));
        return sequence;
    }
}
