using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <summary>The hold of one connection on its device's mailbox.</summary>
public sealed class MailboxSession
{
    private readonly MailboxHub _mailboxes;
    private PassedOver? _passedOver;
    private int _inHand;
    private int _asked;
    private int _askedForAll;
    private TracedHold? _traced;
    private DeviceFacts? _facts;
    private long _lookedThrough;

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

    /// <summary>The connection that holds it.</summary>
    public ConnectionName Connection => Receiver.Connection;

    internal IMailboxReceiver Receiver { get; }

    /// <summary>What its filters did not want. Most sessions have no filter.</summary>
    internal PassedOver PassedOver => LazyInitializer.EnsureInitialized(ref _passedOver);

    /// <summary>What is known of the device that decides on notifications; null until it is known.</summary>
    internal DeviceFacts? Facts
    {
        get => Volatile.Read(ref _facts);
        set => Volatile.Write(ref _facts, value);
    }

    /// <summary>Up to this place it has been seen to which notifications are for the device.</summary>
    internal Sequence LookedThrough => new(Volatile.Read(ref _lookedThrough));

    /// <summary>
    /// Takes the next messages; an empty result means that <see cref="Signals.IWakeable.Wake"/> will come when there are some.
    /// Refusals: conflict (the mailbox is held by another connection by now), unavailable.
    /// </summary>
    /// <param name="maxMessages">At least 1.</param>
    /// <param name="maxBytes">Stops after this many bytes of content; one message is always allowed.</param>
    /// <param name="kinds">What is wished; the rest waits for another receiver or wish.</param>
    /// <param name="filter">A choice among them; null to take all. The same object every time, as it is remembered what it did not
    /// want.</param>
    public ValueTask<Result<IReadOnlyList<LeasedMessage>>> LeaseAsync(
        int maxMessages, int maxBytes, MessageKinds kinds = MessageKinds.All, IMessageFilter? filter = null) =>
        _mailboxes.LeaseAsync(this, maxMessages, maxBytes, kinds, filter);

    /// <summary>
    /// Settles or renews one lease; accept and reject are durable on return. Refusals: expired (the lease is not valid any more, nothing
    /// changed), conflict (held by another connection by now), unavailable.
    /// </summary>
    public ValueTask<Result<SettleResult>> SettleAsync(LeaseId lease, SettleVerb verb, string? reason = null) =>
        _mailboxes.SettleAsync(this, lease, verb, reason);

    /// <summary>
    /// Takes hand-outs back that never reached the receiver: the messages wait again, and it is not counted that they were handed out.
    /// Leases that are not valid any more are passed over. Null when it was done. Refusals: unavailable; the leases then lapse.
    /// </summary>
    public ValueTask<Refusal?> ReturnAsync(ReadOnlyMemory<LeaseId> leases) => _mailboxes.ReturnAsync(this, leases);

    /// <summary>It has been seen to the notifications up to a place.</summary>
    internal void HasLookedThrough(Sequence place)
    {
        for (long before = Volatile.Read(ref _lookedThrough); before < place.Value;)
            before = Interlocked.CompareExchange(ref _lookedThrough, place.Value, before);
    }

    /// <summary>Remembers what was asked for.</summary>
    internal void Asked(MessageKinds kinds, bool isChoosing)
    {
        Interlocked.Or(ref _asked, (int)kinds);
        if (!isChoosing)
            Interlocked.Or(ref _askedForAll, (int)kinds);
    }

    /// <summary>True when the receiver has asked for mail, but never for the kind of this one, or its filter did not want it.</summary>
    internal bool AsksForOthers(MessageKind kind, Sequence message)
    {
        int asked = Volatile.Read(ref _asked);
        int bit = 1 << (int)kind;
        if (asked == 0 || (asked & bit) == 0)
            return asked != 0;
        return (Volatile.Read(ref _askedForAll) & bit) == 0 && Volatile.Read(ref _passedOver)?.Has(message) == true;
    }

    /// <summary>
    /// Counts what the receiver has in hand and has not begun to settle; a lapse that crosses a settle may leave it wrong by one.
    /// </summary>
    internal int InHand(int change) => Interlocked.Add(ref _inHand, change);

    /// <summary>The spans of what it has in hand; null while nothing of it was traced.</summary>
    internal TracedHold? Traced => Volatile.Read(ref _traced);

    /// <summary>Begins to hold such spans.</summary>
    internal TracedHold BeginTraced() => LazyInitializer.EnsureInitialized(ref _traced);

    /// <summary>Gives the mailbox up; what was leased waits again.</summary>
    public ValueTask CloseAsync() => _mailboxes.CloseAsync(this);
}
