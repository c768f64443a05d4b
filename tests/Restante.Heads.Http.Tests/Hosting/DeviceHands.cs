using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Heads.Http.Tests.Hosting;

/// <summary>A device that holds its mailbox.</summary>
internal sealed class DeviceHands : IMailboxReceiver
{
    private MailboxSession? _session;

    public static async Task<DeviceHands> AttachAsync(TestHead head, DeviceRecord device)
    {
        var hands = new DeviceHands();
        Result<MailboxSession> session = await head.Gateway.Mailboxes.AttachAsync(head.Principal(device), hands);
        hands._session = session.Value;
        return hands;
    }

    public async Task<IReadOnlyList<LeasedMessage>> LeaseAsync(int max = 10) => (await _session!.LeaseAsync(max, int.MaxValue)).Value!;

    /// <summary>What a lease is refused with; null when it is not.</summary>
    public async Task<RefusalKind?> TryLeaseAsync() => (await _session!.LeaseAsync(1, int.MaxValue)).Refusal?.Kind;

    public async Task SettleAsync(LeasedMessage message, SettleVerb verb, string? reason = null)
    {
        Result<SettleResult> settled = await _session!.SettleAsync(message.Lease, verb, reason);
        Assert.True(settled.IsSuccess);
    }

    /// <summary>Takes the next message and settles it.</summary>
    public async Task<LeasedMessage> TakeAsync(SettleVerb verb, string? reason = null)
    {
        LeasedMessage message = Assert.Single(await LeaseAsync(1));
        await SettleAsync(message, verb, reason);
        return message;
    }

    public void Wake()
    {
    }

    public void OnMailboxTaken(string reason)
    {
    }
}
