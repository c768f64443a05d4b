using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <content>What the sessions of receivers do.</content>
public sealed partial class MailboxHub
{
    internal async ValueTask<Result<IReadOnlyList<LeasedMessage>>> LeaseAsync(
        MailboxSession session, int maxMessages, int maxBytes, MessageKinds kinds, IMessageFilter? filter)
    {
        session.Asked(kinds, isChoosing: filter is not null);
        try
        {
            IReadOnlyList<LeasedMessage>? leased;
            int late;
            do
            {
                leased = filter is null
                    ? await LeaseOnceAsync(session, maxMessages, maxBytes, kinds, null)
                    : await LeaseChosenAsync(session, maxMessages, maxBytes, kinds, filter);
                if (leased is null)
                    return HeldByOther();
                late = leased.Count;
                leased = await WithoutExpiredAsync(session, leased);
                late -= leased.Count;
            }
            while (leased.Count == 0 && late > 0); // An empty result means that there is nothing.
            if (leased.Count > 0)
                _metrics.Leased(leased.Count);
            _history.HandedOut(session, leased);
            TracedHold.HandedOut(session, leased, _time.GetUtcNow());
            return Result.Success(leased);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    internal async ValueTask<Result<SettleResult>> SettleAsync(MailboxSession session, LeaseId lease, SettleVerb verb, string? reason)
    {
        if (reason?.Length > MaxReasonLength)
            reason = reason[..(char.IsHighSurrogate(reason[MaxReasonLength - 1]) ? MaxReasonLength - 1 : MaxReasonLength)];

        // From now on it is not in hand: a receiver that goes while this is being stored has left nothing behind of it.
        bool settles = verb != SettleVerb.Renew;
        bool isSettled = false;
        if (settles)
            session.InHand(-1);
        try
        {
            SettleItem[] items = [new(session.Device.Number, session.Epoch, lease, verb, reason, _limits.LeaseDurationMs)];
            SettleResult result = (await _store.SettleAsync(items, NowMs))[0];
            if (result.Status == SettleStatus.HeldByOther)
                return HeldByOther();
            if (result.Status == SettleStatus.LeaseLapsed)
                return new Refusal(RefusalKind.Expired, $"The lease {lease} is not valid any more; nothing was changed.");
            if (settles)
            {
                isSettled = true;
                session.Traced?.Ended(session, lease, result.Outcome?.Name() ?? "released", _time.GetUtcNow());
            }

            if (verb == SettleVerb.Release)
            {
                _metrics.Released();
                _history.Released(session, lease, reason);
            }

            if (result.Outcome is Outcome outcome)
            {
                _metrics.Ended(outcome, 1);
                _outcomes.Ended(lease.Sequence);
            }
            else if (verb == SettleVerb.Release)
            {
                WakeHolder(session.Device.Number);
            }

            return result;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
        finally
        {
            if (settles && !isSettled)
                session.InHand(1);
            if (settles && SessionOf(session.Device.Number) is MailboxSession holder && holder != session)
                holder.Receiver.Wake(); // What is behind the message has waited for this.
        }
    }

    internal async ValueTask<Refusal?> ReturnAsync(MailboxSession session, ReadOnlyMemory<LeaseId> leases)
    {
        try
        {
            Ended(await _store.ReturnAsync(session.Device.Number, session.Epoch, leases, NowMs));
            session.InHand(-leases.Length);
            foreach (LeaseId lease in leases.ToArray())
            {
                _history.Returned(session, lease);
                session.Traced?.Ended(session, lease, "returned", _time.GetUtcNow());
            }

            WakeHolder(session.Device.Number);
            return null;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private static Refusal HeldByOther() =>
        new(RefusalKind.Conflict, "The mailbox is held by a newer connection of the same device.");

    /// <returns>What was handed out; null when another session holds the mailbox.</returns>
    private async ValueTask<IReadOnlyList<LeasedMessage>?> LeaseOnceAsync(
        MailboxSession session, int maxMessages, int maxBytes, MessageKinds kinds, IReadOnlySet<Sequence>? excluded)
    {
        while (true)
        {
            var request = new LeaseRequest(
                session.Device.Number, session.Epoch, maxMessages, maxBytes, NowMs, _limits.LeaseDurationMs, kinds, excluded,
                session.LookedThrough);
            LeaseResult result = await _store.LeaseAsync(request);
            Ended(result.Ended);
            if (result.HeldByOther)
                return null;
            if (result.HeldBackBy is not Sequence notification)
                return result.Messages;
            if (result.Messages.Count > 0)
            {
                session.Receiver.Wake(); // It asks again for the rest.
                return result.Messages;
            }

            await CatchUp(session, notification);
        }
    }

    /// <summary>
    /// Leases what a filter wants, going on until there is nothing more to look at: an empty result means that there is nothing.
    /// </summary>
    private async ValueTask<IReadOnlyList<LeasedMessage>?> LeaseChosenAsync(
        MailboxSession session, int maxMessages, int maxBytes, MessageKinds kinds, IMessageFilter filter)
    {
        var wanted = new List<LeasedMessage>();
        PassedMessages passed = session.PassedOver.Begin(filter);
        while (wanted.Count < maxMessages && maxBytes > 0)
        {
            int before = wanted.Count;
            try
            {
                IReadOnlyList<LeasedMessage>? leased = await LeaseOthersAsync(session, maxMessages - before, maxBytes, kinds, passed);
                if (leased is null)
                    return null;
                if (leased.Count == 0)
                    break;
                await ChooseAsync(session, filter, passed, leased, wanted);
            }
            catch (StoreUnavailableException) when (wanted.Count > 0)
            {
                break; // What was leased before is handed out all the same.
            }

            maxBytes -= wanted.Skip(before).Sum(m => m.Content.Length);
        }

        return wanted;
    }

    private async ValueTask<IReadOnlyList<LeasedMessage>?> LeaseOthersAsync(
        MailboxSession session, int maxMessages, int maxBytes, MessageKinds kinds, PassedMessages passed)
    {
        IReadOnlySet<Sequence> excluded = passed.Lend();
        try
        {
            return await LeaseOnceAsync(session, maxMessages, maxBytes, kinds, excluded);
        }
        finally
        {
            passed.TakeBack(excluded);
        }
    }

    /// <summary>Gives back, uncounted, what a filter does not want, and keeps it from being leased again.</summary>
    private async ValueTask ChooseAsync(
        MailboxSession session, IMessageFilter filter, PassedMessages passed, IReadOnlyList<LeasedMessage> leased,
        List<LeasedMessage> wanted)
    {
        ILookup<bool, LeasedMessage> matches = leased.ToLookup(m => filter.Matches(m.Kind, m.Content.Span));
        wanted.AddRange(matches[true]);
        if (!matches[false].Any())
            return;
        passed.Add(matches[false].Select(m => m.Sequence));
        LeaseId[] unwanted = [.. matches[false].Select(m => m.Lease)];
        Ended(await _store.ReturnAsync(session.Device.Number, session.Epoch, unwanted, NowMs));
    }

    /// <summary>
    /// Leaves out what has expired while the store was busy handing it out, and gives it back uncounted: it ends as expired.
    /// </summary>
    private async ValueTask<IReadOnlyList<LeasedMessage>> WithoutExpiredAsync(MailboxSession session, IReadOnlyList<LeasedMessage> leased)
    {
        while (leased.Any(m => m.ExpiresAtMs <= NowMs))
        {
            long now = NowMs;
            ILookup<bool, LeasedMessage> late = leased.ToLookup(m => m.ExpiresAtMs <= now);
            leased = [.. late[false]];
            try
            {
                LeaseId[] leases = [.. late[true].Select(m => m.Lease)];
                Ended(await _store.ReturnAsync(session.Device.Number, session.Epoch, leases, now));
            }
            catch (StoreUnavailableException) when (leased.Count > 0)
            {
                // Those leases lapse; the others are handed out all the same.
            }
        }

        return leased;
    }
}
