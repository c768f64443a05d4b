using Restante.Core.Devices;
using Restante.Core.Mailboxes;

namespace Restante.Core.Storage;

/// <summary>
/// The durable mailboxes. A mailbox is first in, first out in the order of <see cref="Sequence"/>; a message that is given back keeps its
/// place. A session (epoch) holds a mailbox; only the newest epoch may lease and settle. Sessions and leases do not outlive the
/// process of an embedded store: after a restart every message waits again and its delivery count has been kept.
/// </summary>
public interface IMailboxStore
{
    /// <summary>
    /// Appends messages to mailboxes, with a result for each in the same order. One refused item does not stop the others.
    /// </summary>
    ValueTask<EnqueueResult[]> EnqueueAsync(ReadOnlyMemory<EnqueueItem> items, long nowMs);

    /// <summary>
    /// Takes the mailbox of a device: raises its epoch, and gives all messages leased by the previous holder back. Of these only the first
    /// in order counts as handed out; the hand-outs of the others are taken back. Messages that waited because they had been given back
    /// often wait no longer.
    /// </summary>
    /// <returns>The new epoch; null when the device does not exist (any more).</returns>
    ValueTask<OpenedSession?> OpenSessionAsync(DeviceNumber device, long nowMs);

    /// <summary>
    /// Gives the mailbox up; leased messages are given back, and only the first in order counts as handed out. Does nothing when the epoch
    /// is not the newest.
    /// </summary>
    /// <returns>What could not wait again.</returns>
    ValueTask<IReadOnlyList<EndedMessage>> CloseSessionAsync(DeviceNumber device, SessionEpoch epoch, long nowMs);

    /// <summary>
    /// Hands out the next waiting messages in order. A message that was released, or whose lease lapsed, for the second time or more holds
    /// up what is behind it until its delay (<see cref="MailboxLimits.RedeliveryDelayMs"/>) is over. A message past its expiry is never
    /// handed out; it ends as <c>expired</c>. A message that had been handed out as often as allowed ends as <c>undeliverable</c> instead
    /// of being handed out. Counting a hand-out becomes durable with the next commit; the call does not wait for that.
    /// </summary>
    ValueTask<LeaseResult> LeaseAsync(LeaseRequest request);

    /// <summary>
    /// Takes hand-outs back that never reached their receiver: the messages wait again, and it is not counted that they were handed out.
    /// Leases that are not valid (any more) are passed over.
    /// </summary>
    /// <returns>What could not wait again, as it had expired.</returns>
    ValueTask<IReadOnlyList<EndedMessage>> ReturnAsync(DeviceNumber device, SessionEpoch epoch, ReadOnlyMemory<LeaseId> leases, long nowMs);

    /// <summary>Takes back a message that is in nobody's hands: it ends as <c>cancelled</c>.</summary>
    /// <param name="sequence">The message.</param>
    /// <param name="reason">Kept with the outcome; cut to 512 characters.</param>
    /// <param name="nowMs">The time.</param>
    ValueTask<CancelResult> CancelAsync(Sequence sequence, string reason, long nowMs);

    /// <summary>
    /// Settles or renews leases, with a result for each in the same order. Accept, reject and what they cause are durable on return.
    /// </summary>
    ValueTask<SettleResult[]> SettleAsync(ReadOnlyMemory<SettleItem> items, long nowMs);

    /// <summary>
    /// Ends messages that are past their expiry, gives lapsed leases back, tells whose mail has come due, and drops outcomes and shelved
    /// messages past their retention.
    /// </summary>
    /// <param name="nowMs">The time.</param>
    /// <param name="maxItems">How much to do in one call, so that other work gets its turn.</param>
    ValueTask<SweepResult> SweepAsync(long nowMs, int maxItems);

    /// <summary>
    /// Shows the messages of a mailbox in order, without changing anything. Fewer than were asked for mean that there are no more.
    /// </summary>
    ValueTask<IReadOnlyList<BrowsedMessage>> BrowseAsync(DeviceNumber device, Sequence after, int max, long nowMs);

    /// <summary>Depth and size of a mailbox.</summary>
    ValueTask<MailboxInfo> GetInfoAsync(DeviceNumber device);

    /// <summary>
    /// Takes back every message of a mailbox that is in nobody's hands: they end as <c>cancelled</c>. Returns them in order.
    /// </summary>
    ValueTask<IReadOnlyList<EndedMessage>> PurgeAsync(DeviceNumber device, string reason, long nowMs);

    /// <summary>Finds one message that is still in a mailbox; null when it has ended or never was.</summary>
    ValueTask<BrowsedMessage?> FindMessageAsync(Sequence sequence, long nowMs);

    /// <summary>
    /// Finds how a message ended; null when it has not, never was, or its retention has passed. What a notification was for a device is in
    /// its delivery report instead.
    /// </summary>
    ValueTask<OutcomeRecord?> FindOutcomeAsync(Sequence sequence);

    /// <summary>Reads the feed of outcomes after a number: those of all commands whose sender did not forgo that.</summary>
    ValueTask<OutcomeBatch> ReadOutcomesAsync(long after, int max);

    /// <summary>
    /// How far a named reader of a durable feed has come; 0 for a new one. The name says which feed, as in <c>outcomes/NAME</c>.
    /// </summary>
    ValueTask<long> GetCursorAsync(string reader);

    /// <summary>Keeps how far a named reader has come. A cursor never moves back.</summary>
    ValueTask SetCursorAsync(string reader, long number, long nowMs);

    /// <summary>Forgets a named reader, if there is one; under the same name a new one begins at 0.</summary>
    ValueTask RemoveCursorAsync(string reader);

    /// <summary>Forgets all readers whose names begin so.</summary>
    ValueTask RemoveCursorsAsync(string prefix);

    /// <summary>Totals over all mailboxes, from memory.</summary>
    MailboxTotals Totals { get; }
}
