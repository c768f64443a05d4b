using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <summary>
/// The dead-letter shelves of devices: what was rejected or could not be delivered, to be looked at, sent again or deleted.
/// </summary>
public sealed class DeadLetterShelf
{
    private readonly IShelfStore _store;
    private readonly MailboxHub _mailboxes;
    private readonly CommandRules _rules;
    private readonly TimeProvider _time;

    internal DeadLetterShelf(IShelfStore store, MailboxHub mailboxes, GatewayLimits limits, TimeProvider time)
    {
        _store = store;
        _mailboxes = mailboxes;
        _rules = new CommandRules(limits);
        _time = time;
    }

    /// <summary>Lists what is on the shelf of a device, in the order of sequence. Refusals: malformed, unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<ShelvedMessage>>> ListAsync(DeviceRecord device, Sequence after, int max)
    {
        if (max is < 1 or > 1_000)
            return new Refusal(RefusalKind.Malformed, "A page has 1 to 1000 messages.");
        try
        {
            return Result.Success(await _store.ListAsync(device.Number, after, max));
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Finds a message on the shelf of a device. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<ShelvedMessage>> FindAsync(DeviceRecord device, Sequence sequence)
    {
        try
        {
            ShelvedMessage? found = await _store.FindAsync(device.Number, sequence);
            return found is null ? NotThere(device, sequence) : found;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Takes a message off the shelf for good. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<Sequence>> DeleteAsync(DeviceRecord device, Sequence sequence)
    {
        try
        {
            return await _store.DeleteAsync(device.Number, sequence) ? sequence : NotThere(device, sequence);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Empties the shelf of a device; returns how many messages were on it. Refusals: unavailable.</summary>
    public async ValueTask<Result<int>> DeleteAllAsync(DeviceRecord device)
    {
        try
        {
            return await _store.DeleteAllAsync(device.Number);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Puts a message off the shelf into the mailbox again, as a new one at its end; durable on return. Refusals: not-found, mailbox-full
    /// (it stays on the shelf), malformed, expired, unavailable.
    /// </summary>
    /// <param name="device">Whose shelf.</param>
    /// <param name="sequence">Which message.</param>
    /// <param name="expiresAtMs">The expiry of the new one; null for the default life.</param>
    public async ValueTask<Result<SentMessage>> ResendAsync(DeviceRecord device, Sequence sequence, long? expiresAtMs)
    {
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Result<long> expiry = _rules.Expiry(expiresAtMs, now);
        if (!expiry.IsSuccess)
            return expiry.Refusal;
        try
        {
            return await _store.ResendAsync(device.Number, sequence, expiry.Value, now) is EnqueueResult result
                ? _mailboxes.Sent(result, device.Id, expiry.Value)
                : NotThere(device, sequence);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private static Refusal NotThere(DeviceRecord device, Sequence sequence) =>
        new(RefusalKind.NotFound, $"No message {sequence} is on the shelf of '{device.Id}'.");
}
