using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <content>What services do with single messages, as far as their scopes reach.</content>
public sealed partial class MailboxHub
{
    /// <summary>
    /// Takes a message back as <see cref="CancelAsync(Sequence, string)"/> does, for a service; one of a device that it does not reach is
    /// like none.
    /// </summary>
    public async ValueTask<Result<CancelResult>> CancelAsync(ServicePrincipal by, Sequence sequence)
    {
        if (!by.ReachesAll && await FindWaitingAsync(by, sequence) is { IsSuccess: false } none)
            return none.Refusal;
        return await CancelAsync(sequence, by.Name);
    }

    /// <summary>
    /// Finds a message that has not ended, for a service; one of a device that it does not reach is like none. Refusals: not-found,
    /// unavailable.
    /// </summary>
    public async ValueTask<Result<BrowsedMessage>> FindWaitingAsync(ServicePrincipal by, Sequence sequence)
    {
        Result<BrowsedMessage> found = await FindWaitingAsync(sequence);
        if (by.ReachesAll || !found.IsSuccess)
            return found;
        try
        {
            return await _scopes.FindAsync(by, found.Value.Device) is null ? NotWaiting(sequence) : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask<Result<SentMessage>> EnqueueIfReachedAsync(ServicePrincipal sender, EnqueueItem item, long now)
    {
        try
        {
            return await _scopes.CheckAsync(sender, item.Device) is Refusal refusal ? refusal : await EnqueueAsync(item, now);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }
}
