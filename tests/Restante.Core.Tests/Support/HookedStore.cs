using System.Collections.Concurrent;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>
/// A store whose mailboxes, notifications and authorities can be stopped between a call and its answer, and that can fail when it has done
/// its work.
/// </summary>
internal sealed class HookedStore(IGatewayStore inner) : IGatewayStore
{
    public HookedMailboxes Hooks { get; } = new(inner.Mailboxes);

    public HookedNotifications NotificationHooks { get; } = new(inner.Notifications);

    public HookedAuthorities AuthorityHooks { get; } = new(inner.Authorities);

    /// <summary>The verb that does its work and fails all the same; null for none. Of the registry, enrolments and inquiries.</summary>
    public string? InDoubt { get; set; }

    /// <summary>For whom devices were looked through for an audience.</summary>
    public ConcurrentQueue<Looker> Lookers { get; } = new();

    public IRegistryStore Registry => DoubtfulStore<IRegistryStore>.Around(inner.Registry, () => InDoubt, Note);

    public IMailboxStore Mailboxes => Hooks;

    public IShelfStore Shelf => inner.Shelf;

    public IAuthorityStore Authorities => AuthorityHooks;

    public IEnrolmentStore Enrolments => DoubtfulStore<IEnrolmentStore>.Around(inner.Enrolments, () => InDoubt);

    public IIssuerStore Issuers => inner.Issuers;

    public IReportStore Reports => inner.Reports;

    public INotificationStore Notifications => NotificationHooks;

    public IInquiryStore Inquiries => DoubtfulStore<IInquiryStore>.Around(inner.Inquiries, () => InDoubt);

    public IStateStore States => inner.States;

    public IJobStore Jobs => inner.Jobs;

    /// <summary>Those of the store below, or what the test has put in their place.</summary>
    public ICheckpointStore Checkpoints { get; set; } = inner.Checkpoints;

    public IHistoryStore History => inner.History;

    public IStreamStore Streams => inner.Streams;

    public IStreamStore Audit => inner.Audit;

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Note(object?[] called)
    {
        if (called.Any(static c => c is AudienceQuery))
            called.OfType<Looker>().ToList().ForEach(Lookers.Enqueue);
    }
}
