using Microsoft.Extensions.Logging;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Enrolment;
using Restante.Core.Events;
using Restante.Core.History;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Jobs;
using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Metrics;
using Restante.Core.Notifications;
using Restante.Core.Outcomes;
using Restante.Core.Quotas;
using Restante.Core.Registry;
using Restante.Core.Reports;
using Restante.Core.Sessions;
using Restante.Core.States;
using Restante.Core.Storage;
using Restante.Core.Telemetry;

namespace Restante.Core;

/// <summary>The domain of one gateway over one store. Heads translate protocols to it and nothing else.</summary>
public sealed class Gateway : IDisposable
{
    private long _lookedAtMs;
    private volatile bool _ready;

    /// <summary>Builds the domain. The store stays the caller's.</summary>
    public Gateway(
        IGatewayStore store,
        GatewayLimits limits,
        TimeProvider time,
        ILoggerFactory loggers,
        AccessOptions? access = null,
        HistoryLimits? history = null,
        AuditLimits? audit = null,
        IssuerOptions? issuing = null)
    {
        access ??= new AccessOptions();
        issuing ??= new IssuerOptions();
        Limits = limits;
        Time = time;
        Store = store;
        Metrics = new CoreMetrics();
        ILogger log = loggers.CreateLogger("Restante.Core");
        Audit = new AuditLog(store.Audit, time, Metrics, audit ?? new AuditLimits(), log);
        Scopes = new DeviceScopes(store.Registry, Metrics, Audit);
        Quotas = new SendingQuotas(limits, time, Metrics);
        Acts = new ActBudget(limits, time, Metrics);
        Events = new EventLog(store.Streams, time, Metrics);
        Outcomes = new OutcomeFeed(store.Mailboxes, Scopes, limits, time);
        History = new HistoryBook(store.History, store.Registry, Scopes, time, Events, Metrics, history ?? new HistoryLimits());
        Mailboxes = new MailboxHub(store.Mailboxes, Scopes, limits, time, Outcomes, Metrics, History, Quotas);
        DeadLetters = new DeadLetterShelf(store.Shelf, Mailboxes, limits, time);
        Reports = new ReportHub(store, Mailboxes, Scopes, Outcomes, limits, time, Metrics, Quotas);
        Inquiries = new InquiryHub(store, Mailboxes, Scopes, limits, time, Metrics, Quotas);
        Notifications = new NotificationHub(store, Mailboxes, Scopes, limits, time, Metrics, Quotas);
        Connections = new LiveConnections(limits, Metrics, History);
        var trust = new AuthorityTrust(store.Authorities, log);
        var roll = new EnrolmentRoll(store.Enrolments);
        var enroller = new Enroller(store.Enrolments, store.Registry, roll, time, Metrics, History, Audit);
        Enrolments = new EnrolmentGroups(store.Enrolments, store.Authorities, roll, limits, time);
        Claims = new EnrolmentClaims(store.Enrolments, limits, time);
        Enrolled = new EnrolmentLedger(store.Enrolments, History);
        Authenticator = new Authenticator(store.Registry, trust, enroller, limits, access, time, Metrics, History, Audit, log);
        Authorities = new AuthorityRegistry(store.Authorities, store.Issuers, trust, access, time, Connections);
        Issuers = new CertificateIssuers(store.Issuers, Scopes, Authorities, trust, issuing, access, time, Events, History, Metrics, log);
        Devices = new DeviceRegistry(
            store.Registry, Scopes, trust, limits, time, Events, Connections, Outcomes, Inquiries, Notifications, Issuers, Metrics,
            History, Acts);
        var desk = new CredentialDesk(store.Registry, Devices, Issuers, Audit, issuing, time);
        Inquiries.AnswerAt(desk);
        Policies = new PolicyRegistry(store.Registry, time, Connections, Outcomes, Reports, Inquiries, limits);
        Telemetry = new TelemetryStreams(store.Streams, limits, time, Metrics, Quotas) { Scopes = Scopes };
        Groups = new ConsumerGroups(Telemetry, store.Checkpoints, limits, time, Metrics);
        States = new StateDocuments(store.States, limits, time, Quotas);
        Explainer = new Explainer(store, Scopes, History, Mailboxes, Connections, time);
        var runner = new JobRunner(store, Mailboxes, limits, time, Metrics, loggers.CreateLogger("Restante.Core"));
        Jobs = new BulkJobs(store.Jobs, store.Registry, Scopes, runner, limits, time);
        ClientSessions = new ClientSessions(store.Registry, time);
        Maintenance = new Maintenance(
            store, Mailboxes, Outcomes, Reports, Notifications, Inquiries, Issuers, desk, History, Audit, Groups, Jobs, Claims, Quotas,
            Acts, limits, time, Metrics, loggers.CreateLogger("Restante.Core"));
    }

    /// <summary>What is allowed.</summary>
    public GatewayLimits Limits { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How much may be sent in a second.</summary>
    public SendingQuotas Quotas { get; }

    /// <summary>How many acts policies with scopes may do.</summary>
    public ActBudget Acts { get; }

    /// <summary>The counters.</summary>
    public CoreMetrics Metrics { get; }

    /// <summary>Decides who a peer is.</summary>
    public Authenticator Authenticator { get; }

    /// <summary>The devices.</summary>
    public DeviceRegistry Devices { get; }

    /// <summary>The policies of services.</summary>
    public PolicyRegistry Policies { get; }

    /// <summary>The certificate authorities that may sign for devices.</summary>
    public AuthorityRegistry Authorities { get; }

    /// <summary>The enrolment groups, by which devices become known when they first connect.</summary>
    public EnrolmentGroups Enrolments { get; }

    /// <summary>The one-time claims of enrolment groups.</summary>
    public EnrolmentClaims Claims { get; }

    /// <summary>The ids that were enrolled.</summary>
    public EnrolmentLedger Enrolled { get; }

    /// <summary>The gateway's own issuers of certificates.</summary>
    public CertificateIssuers Issuers { get; }

    /// <summary>The mailboxes.</summary>
    public MailboxHub Mailboxes { get; }

    /// <summary>What was rejected or could not be delivered.</summary>
    public DeadLetterShelf DeadLetters { get; }

    /// <summary>How messages ended.</summary>
    public OutcomeFeed Outcomes { get; }

    /// <summary>What devices report on their commands.</summary>
    public ReportHub Reports { get; }

    /// <summary>What devices ask, and what they are answered.</summary>
    public InquiryHub Inquiries { get; }

    /// <summary>What many devices should know.</summary>
    public NotificationHub Notifications { get; }

    /// <summary>Telemetry, and by <see cref="Streams.StreamId.Events"/> also the events.</summary>
    public TelemetryStreams Telemetry { get; }

    /// <summary>The consumer groups of telemetry.</summary>
    public ConsumerGroups Groups { get; }

    /// <summary>Device and session events.</summary>
    public EventLog Events { get; }

    /// <summary>What happened to devices and their messages.</summary>
    public HistoryBook History { get; }

    /// <summary>Who did what, and who was refused what.</summary>
    public AuditLog Audit { get; }

    /// <summary>Answers why a message is where it is.</summary>
    public Explainer Explainer { get; }

    /// <summary>The live connections.</summary>
    public LiveConnections Connections { get; }

    /// <summary>The state documents of devices.</summary>
    public StateDocuments States { get; }

    /// <summary>One command to each device of an audience.</summary>
    public BulkJobs Jobs { get; }

    /// <summary>Kept state of client sessions (MQTT).</summary>
    public ClientSessions ClientSessions { get; }

    /// <summary>What time does.</summary>
    public Maintenance Maintenance { get; }

    /// <summary>True once the host has said that everything runs (<see cref="Started"/>); what the start-up probe shows.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Everything runs.</summary>
    public void Started() => IsStarted = true;

    /// <summary>
    /// True while the store takes writes; what readiness shows. It writes to find out, at most once in a second however often it is asked.
    /// </summary>
    public async ValueTask<bool> IsReadyAsync()
    {
        long now = Time.GetUtcNow().ToUnixTimeMilliseconds();
        if (now - Volatile.Read(ref _lookedAtMs) is >= 0 and < 1_000)
            return _ready;
        Volatile.Write(ref _lookedAtMs, now);
        try
        {
            // The name is none that a policy, and so a reader of outcomes, can have.
            await Store.Mailboxes.SetCursorAsync("$readiness", now, now);
            _ready = true;
        }
        catch (StoreUnavailableException)
        {
            _ready = false;
        }

        return _ready;
    }

    private IGatewayStore Store { get; }

    private DeviceScopes Scopes { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Notifications.Dispose();
        Metrics.Dispose();
    }
}
