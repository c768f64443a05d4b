using Restante.Amqp.Messaging;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Signals;
using Restante.Heads.Amqp.Messages;

namespace Restante.Heads.Amqp.Supplies;

/// <summary>
/// The inquiries of one subject. Accepted: the handler keeps it and answers. Rejected: it ends, and the device is told. Anything else gives
/// it to the next handler.
/// </summary>
internal sealed class InquirySupply(AmqpPeer peer, string subject) : ISupply<TakenInquiry>
{
    private InquiryHandler? _handler;

    public Signal News => _handler!.Added;

    public ValueTask<Refusal?> OpenAsync()
    {
        Result<InquiryHandler> attached = peer.Gateway.Inquiries.Attach(peer.Service!, subject);
        _handler = attached.Value;
        return ValueTask.FromResult(attached.Refusal);
    }

    public ValueTask<Result<IReadOnlyList<TakenInquiry>>> TakeAsync(int max, int maxBytes) => _handler!.TakeAsync(max, maxBytes);

    public bool IsOver(TakenInquiry item, long nowMs) => item.DeadlineMs <= nowMs || item.LeasedUntilMs <= nowMs;

    public int BytesOf(TakenInquiry item) => item.Content.Length;

    public void Write(TakenInquiry item, ref MessageWriter writer) => InquiryMessage.Write(item, peer.NowMs, ref writer);

    public string TagOf(TakenInquiry item) => item.Lease.ToString();

    public async ValueTask<Result<bool>> SettleAsync(TakenInquiry item, DeliveryState state, bool isAwaited)
    {
        (SettleVerb verb, string? reason) = Settlement.Of(state);
        Result<InquiryOutcome?> settled = await peer.Gateway.Inquiries.SettleAsync(peer.Service!, item.Lease, verb, reason);

        // A verb that could not be done leaves it in this handler's hands, who has let it go: the lease ends that.
        return settled.Refusal is Refusal refusal ? refusal : true;
    }

    public void GiveBack(TakenInquiry item) => _ = GiveBackAsync(item);

    public void Close() => _handler!.Dispose();

    private async Task GiveBackAsync(TakenInquiry item)
    {
        try
        {
            await peer.Gateway.Inquiries.SettleAsync(peer.Service!, item.Lease, SettleVerb.Release);
        }
#pragma warning disable CA1031 // Nobody waits for this; what fails here must not pass unseen.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            peer.Note(fault);
        }
    }
}
