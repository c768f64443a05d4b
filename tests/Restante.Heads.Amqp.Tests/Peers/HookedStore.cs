using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>A store that a test can stop before a call, or fail, by the verb's name: "lease", "append", "find-policy" and so on.</summary>
internal sealed class HookedStore : IGatewayStore
{
    private readonly IGatewayStore _inner;

    public HookedStore(IGatewayStore inner)
    {
        _inner = inner;
        Devices = new HookedRegistry(inner.Registry, Hooks);
        Mailboxes = new HookedMailboxes(inner.Mailboxes, Hooks);
        Streams = new HookedStreams(inner.Streams, Hooks);
        Checkpoints = new HookedCheckpoints(inner.Checkpoints, Hooks);
        States = new HookedStates(inner.States, Hooks);
        Audit = inner.Audit;
    }

    public Hooks Hooks { get; } = new();

    public HookedRegistry Devices { get; }

    public IRegistryStore Registry => Devices;

    public IMailboxStore Mailboxes { get; }

    public IShelfStore Shelf => _inner.Shelf;

    public IAuthorityStore Authorities => _inner.Authorities;

    public IEnrolmentStore Enrolments => _inner.Enrolments;

    public IIssuerStore Issuers => _inner.Issuers;

    public IReportStore Reports => _inner.Reports;

    public INotificationStore Notifications => _inner.Notifications;

    public IInquiryStore Inquiries => _inner.Inquiries;

    public IStateStore States { get; }

    public IJobStore Jobs => _inner.Jobs;

    public ICheckpointStore Checkpoints { get; }

    public IHistoryStore History => _inner.History;

    public IStreamStore Streams { get; }

    public IStreamStore Audit { get; }

    public ValueTask DisposeAsync() => _inner.DisposeAsync();
}
