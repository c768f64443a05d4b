using Restante.Core.Storage;

namespace Restante.Core.Tests.Support;

/// <summary>A store whose mailboxes, notifications and authorities can be stopped between a call and its answer.</summary>
internal sealed class HookedStore(IGatewayStore inner) : IGatewayStore
{
    public HookedMailboxes Hooks { get; } = new(inner.Mailboxes);

    public HookedNotifications NotificationHooks { get; } = new(inner.Notifications);

    public HookedAuthorities AuthorityHooks { get; } = new(inner.Authorities);

    public IRegistryStore Registry => inner.Registry;

    public IMailboxStore Mailboxes => Hooks;

    public IShelfStore Shelf => inner.Shelf;

    public IAuthorityStore Authorities => AuthorityHooks;

    public IEnrolmentStore Enrolments => inner.Enrolments;

    public IIssuerStore Issuers => inner.Issuers;

    public IReportStore Reports => inner.Reports;

    public INotificationStore Notifications => NotificationHooks;

    public IInquiryStore Inquiries => inner.Inquiries;

    public IStateStore States => inner.States;

    public IJobStore Jobs => inner.Jobs;

    /// <summary>Those of the store below, or what the test has put in their place.</summary>
    public ICheckpointStore Checkpoints { get; set; } = inner.Checkpoints;

    public IHistoryStore History => inner.History;

    public IStreamStore Streams => inner.Streams;

    public IStreamStore Audit => inner.Audit;

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
