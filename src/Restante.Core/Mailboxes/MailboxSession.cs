using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <summary>The hold of one connection on its device's mailbox.</summary>
public sealed class MailboxSession
{
    private readonly MailboxHub _mailboxes;

    internal MailboxSession(MailboxHub mailboxes, DevicePrincipal device, SessionEpoch epoch, IMailboxReceiver receiver)
    {
        _mailboxes = mailboxes;
        Device = device;
        Epoch = epoch;
        Receiver = receiver;
    }

    /// <summary>Whose mailbox.</summary>
    public DevicePrincipal Device { get; }

    /// <summary>Which ownership this is.</summary>
    public SessionEpoch Epoch { get; }

    internal IMailboxReceiver Receiver { get; }

    /// <summary>
    /// Takes the next messages; an empty result means that <see cref="Signals.IWakeable.Wake"/> will come when there are some.
    /// Refusals: conflict (the mailbox is held by another connection by now), unavailable.
    /// </summary>
    /// <param name="maxMessages">At least 1.</param>
    /// <param name="maxBytes">Stops after this many bytes of content; one message is always allowed.</param>
    public ValueTask<Result<IReadOnlyList<LeasedMessage>>> LeaseAsync(int maxMessages, int maxBytes) =>
        _mailboxes.LeaseAsync(this, maxMessages, maxBytes);

    /// <summary>
    /// Settles or renews one lease; accept and reject are durable on return. Refusals: expired (the lease is not valid any more, nothing
    /// changed), conflict (held by another connection by now), unavailable.
    /// </summary>
    public ValueTask<Result<SettleResult>> SettleAsync(LeaseId lease, SettleVerb verb, string? reason = null) =>
        _mailboxes.SettleAsync(this, lease, verb, reason);

    /// <summary>Gives the mailbox up; what was leased waits again.</summary>
    public ValueTask CloseAsync() => _mailboxes.CloseAsync(this);
}
