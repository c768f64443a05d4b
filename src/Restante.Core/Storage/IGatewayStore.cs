namespace Restante.Core.Storage;

/// <summary>
/// Everything the gateway keeps. Each call is one transaction; writes are durable when their task completes, and a task that
/// fails with <see cref="StoreUnavailableException"/> has changed nothing. Calls may come from any thread. The store reads no
/// clock: time comes with the call, in milliseconds since the Unix epoch.
/// </summary>
public interface IGatewayStore : IAsyncDisposable
{
    /// <summary>Devices, policies and client sessions.</summary>
    IRegistryStore Registry { get; }

    /// <summary>Certificate authorities.</summary>
    IAuthorityStore Authorities { get; }

    /// <summary>Enrolment groups, their claims, and the ledger of what they enrolled.</summary>
    IEnrolmentStore Enrolments { get; }

    /// <summary>The gateway's own issuers, and what they have issued.</summary>
    IIssuerStore Issuers { get; }

    /// <summary>Mailboxes and outcomes.</summary>
    IMailboxStore Mailboxes { get; }

    /// <summary>The dead-letter shelves.</summary>
    IShelfStore Shelf { get; }

    /// <summary>What happened to devices and messages.</summary>
    IHistoryStore History { get; }

    /// <summary>What devices report on their commands.</summary>
    IReportStore Reports { get; }

    /// <summary>What devices ask, and what they are answered.</summary>
    IInquiryStore Inquiries { get; }

    /// <summary>The state documents of devices.</summary>
    IStateStore States { get; }

    /// <summary>Jobs: one command to each device of an audience.</summary>
    IJobStore Jobs { get; }

    /// <summary>Where consumer groups stand.</summary>
    ICheckpointStore Checkpoints { get; }

    /// <summary>Notifications.</summary>
    INotificationStore Notifications { get; }

    /// <summary>Telemetry and events.</summary>
    IStreamStore Streams { get; }

    /// <summary>The audit log: <see cref="Core.Streams.StreamId.Audit"/> of a log apart, with a retention of its own.</summary>
    IStreamStore Audit { get; }
}
