using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Core.Notifications;

/// <content>
/// Who gets what. The store has a notification entered before it lets anything behind it be handed out; then the sender looks at what is
/// known of the holders. A holder's facts are kept before the notifications are looked at. So of two that meet at least one sees the other,
/// and to offer twice does no harm. A holder that asks for mail from behind a notification that it has not looked at looks at it first: so
/// order does not depend on who is quicker.
/// </content>
public sealed partial class NotificationHub
{
    private readonly SemaphoreSlim _loading = new(1);

    // One at a time for a device, so that the newest facts have the last word.
    private readonly SemaphoreSlim[] _matching = new SemaphoreSlim[64];
    private volatile bool _loaded;
    private ActiveNotifications _active = ActiveNotifications.None;

    /// <summary>
    /// The tags or groups of a device have changed: its mailbox, if it is held, gets what is for it now and loses what is not any more.
    /// </summary>
    internal ValueTask DeviceChangedAsync(DeviceRecord device) =>
        _mailboxes.SessionOf(device.Number) is MailboxSession session ? MatchOrPutOffAsync(session) : ValueTask.CompletedTask;

    private async ValueTask<Refusal?> AttachedAsync(MailboxSession session)
    {
        try
        {
            await MatchAsync(session);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask MatchOrPutOffAsync(MailboxSession session)
    {
        try
        {
            await MatchAsync(session);
        }
        catch (StoreUnavailableException)
        {
            PutOff(session);
        }
    }

    /// <summary>Brings a mailbox that is held to what its device is to get.</summary>
    private async ValueTask MatchAsync(MailboxSession session)
    {
        await LoadAsync();
        SemaphoreSlim turn = _matching[(ulong)session.Device.Number.Value % (ulong)_matching.Length];
        await turn.WaitAsync();
        try
        {
            DeviceRecord? device = await _registry.FindDeviceAsync(session.Device.Id);
            if (device is null || device.Number != session.Device.Number)
                return;
            bool isFirst = session.Facts is null;
            DeviceFacts facts = DeviceFacts.Of(device);
            session.Facts = facts;
            ActiveNotifications active = Volatile.Read(ref _active);
            ILookup<bool, Sequence> found = active.ToLookup(a => a.Audience.Matches(device.Id, facts), a => a.Sequence);
            if (!isFirst && found[false].Any())
                await _store.WithdrawAsync(device.Number, found[false].ToArray());
            if (found[true].Any())
                await OfferAsync(session, found[true].ToArray());
            session.HasLookedThrough(active.Latest);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Offers a new notification to all mailboxes that are held.</summary>
    /// <returns>True when it is for one of them.</returns>
    private async ValueTask<bool> OfferToHoldersAsync(Sequence notification, AudienceQuery audience)
    {
        bool matches = false;
        foreach (MailboxSession session in await CandidatesAsync(audience))
        {
            if (session.Facts is not DeviceFacts facts)
                continue;
            matches = matches || audience.Matches(session.Device.Id, facts);
            try
            {
                await CatchUpAsync(session, notification);
            }
            catch (StoreUnavailableException)
            {
                PutOff(session);
            }
        }

        return matches;
    }

    /// <summary>Offers a mailbox what it has not been offered yet of the notifications up to a place.</summary>
    private async ValueTask CatchUpAsync(MailboxSession session, Sequence upTo)
    {
        Sequence from = session.LookedThrough;
        if (from.CompareTo(upTo) >= 0)
            return;
        ActiveNotifications active = Volatile.Read(ref _active);
        DeviceFacts? facts = session.Facts;
        ReadOnlyMemory<Sequence> found = facts is null ? default : active.For(session.Device.Id, facts, from);
        if (found.Length > 0)
            await OfferAsync(session, found);
        session.HasLookedThrough(active.Latest.CompareTo(upTo) > 0 ? active.Latest : upTo);
        if (!ReferenceEquals(session.Facts, facts))
            await MatchAsync(session);
    }

    /// <summary>
    /// The sessions among which all are that an audience can have. One whose device enters or leaves a group meanwhile is looked at anew
    /// for that, after the notification has been entered.
    /// </summary>
    private async ValueTask<IEnumerable<MailboxSession>> CandidatesAsync(AudienceQuery audience)
    {
        if (audience.Groups.Count == 0 || await _registry.ListMembersAsync(audience.Groups, _mailboxes.Held / 4) is not { } members)
            return _mailboxes.Sessions;
        return members.Select(_mailboxes.SessionOf).OfType<MailboxSession>();
    }

    private async ValueTask OfferAsync(MailboxSession session, ReadOnlyMemory<Sequence> notifications)
    {
        int offered = await _store.OfferAsync(session.Device.Number, session.Epoch, notifications);
        if (offered == 0)
            return;
        _metrics.Offered(offered);
        session.Receiver.Wake();
    }

    /// <summary>What could not be brought to a mailbox now is brought by the next sweep.</summary>
    private void PutOff(MailboxSession session)
    {
        if (ReferenceEquals(_mailboxes.SessionOf(session.Device.Number), session))
            _again[session.Device.Number] = session;
    }

    // Called by the store as soon as it is stored, for one after the other. It waits for nobody.
    private void Enter(Sequence sequence, AudienceQuery audience) =>
        Change((sequence, audience), static (active, x) => active.With(new Active(x.sequence, x.audience)));

    private void Forget(Sequence sequence) => Change(sequence, static (active, x) => active.Without(x));

    private void Change<T>(T what, Func<ActiveNotifications, T, ActiveNotifications> change)
    {
        ActiveNotifications before;
        do
            before = Volatile.Read(ref _active);
        while (Interlocked.CompareExchange(ref _active, change(before, what), before) != before);
    }

    /// <summary>Reads which notifications are active, once.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read now.</exception>
    private async ValueTask LoadAsync()
    {
        if (_loaded)
            return;
        await _loading.WaitAsync();
        try
        {
            if (_loaded)
                return;
            var active = new List<Active>();
            foreach (ActiveNotification one in await _store.ListActiveAsync())
            {
                Result<AudienceQuery> audience = AudienceQuery.Parse(one.Audience);
                if (audience.IsSuccess)
                    active.Add(new Active(one.Sequence, audience.Value));
            }

            Volatile.Write(ref _active, new ActiveNotifications(active));
            _loaded = true;
        }
        finally
        {
            _loading.Release();
        }
    }
}
