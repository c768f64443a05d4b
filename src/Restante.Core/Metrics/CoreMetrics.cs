using System.Diagnostics.Metrics;
using Restante.Core.Access;
using Restante.Core.Enrolment;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Metrics;

/// <summary>The counters of the core. No label ever holds the name of a device, a message or a policy.</summary>
public sealed class CoreMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Restante.Core";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _authentications;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _duplicates;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _handedOut;
    private readonly Counter<long> _outcomes;
    private readonly Counter<long> _released;
    private readonly Counter<long> _lapsed;
    private readonly Counter<long> _takeovers;
    private readonly Counter<long> _reports;
    private readonly Counter<long> _asked;
    private readonly Counter<long> _inquiries;
    private readonly Counter<long> _untold;
    private readonly Counter<long> _notified;
    private readonly Counter<long> _recalled;
    private readonly Counter<long> _offered;
    private readonly Counter<long> _telemetry;
    private readonly Counter<long> _telemetryBytes;
    private readonly Counter<long> _telemetrySkipped;
    private readonly Counter<long> _partitionsTaken;
    private readonly Counter<long> _eventsLost;
    private readonly Counter<long> _changesFolded;
    private readonly Counter<long> _audited;
    private readonly Counter<long> _auditFolded;
    private readonly Counter<long> _auditFailed;
    private readonly Counter<long> _auditLost;
    private readonly Counter<long> _auditReplaced;
    private readonly Counter<long> _expiredLists;
    private readonly Counter<long> _enrolments;
    private readonly Counter<long> _certificatesIssued;
    private readonly Counter<long> _certificatesRevoked;
    private readonly Counter<long> _quotaRefused;
    private readonly Counter<long> _quotaSlowed;
    private readonly Counter<long> _outsideScope;
    private readonly Counter<long> _passedOver;
    private readonly UpDownCounter<long> _connections;

    internal CoreMetrics()
    {
        _authentications = _meter.CreateCounter<long>("restante.authentications", description: "Credentials checked, by result.");
        _sent = _meter.CreateCounter<long>("restante.messages.enqueued", description: "Messages taken into mailboxes.");
        _duplicates = _meter.CreateCounter<long>(
            "restante.messages.duplicates", description: "Commands that had been taken before, by their message-id.");
        _refused = _meter.CreateCounter<long>("restante.refusals", description: "Work refused, by kind of refusal.");
        _handedOut = _meter.CreateCounter<long>("restante.messages.leased", description: "Messages handed out to receivers.");
        _outcomes = _meter.CreateCounter<long>("restante.messages.outcomes", description: "Messages that ended, by outcome.");
        _released = _meter.CreateCounter<long>("restante.messages.released", description: "Messages given back by receivers.");
        _lapsed = _meter.CreateCounter<long>("restante.leases.lapsed", description: "Leases that lapsed without being settled.");
        _takeovers = _meter.CreateCounter<long>("restante.mailboxes.takeovers", description: "Mailboxes taken over by a newer connection.");
        _reports = _meter.CreateCounter<long>("restante.reports.stored", description: "Reports of devices on commands.");
        _asked = _meter.CreateCounter<long>("restante.inquiries.asked", description: "Inquiries of devices taken.");
        _inquiries = _meter.CreateCounter<long>("restante.inquiries.ended", description: "Inquiries that ended, by outcome.");
        _untold = _meter.CreateCounter<long>(
            "restante.inquiries.untold",
            description: "Inquiries that ended without an answer because the mailbox had no room for the reason.");
        _notified = _meter.CreateCounter<long>("restante.notifications.sent", description: "Notifications accepted.");
        _recalled = _meter.CreateCounter<long>("restante.notifications.recalled", description: "Notifications recalled.");
        _offered = _meter.CreateCounter<long>(
            "restante.notifications.offered", description: "Notifications put into mailboxes that are held.");
        _telemetry = _meter.CreateCounter<long>("restante.telemetry.messages", description: "Telemetry messages stored.");
        _telemetryBytes = _meter.CreateCounter<long>("restante.telemetry.bytes", "By", "Bytes of telemetry content stored.");
        _telemetrySkipped = _meter.CreateCounter<long>(
            "restante.telemetry.skipped", description: "Records that consumer groups missed because retention had dropped them.");
        _partitionsTaken = _meter.CreateCounter<long>(
            "restante.telemetry.partitions.taken", description: "Partitions that came into the hands of a reader of a consumer group.");
        _eventsLost = _meter.CreateCounter<long>("restante.events.lost", description: "Events that could not be stored.");
        _changesFolded = _meter.CreateCounter<long>(
            "restante.history.folded", description: "Changes of devices that were counted together, as a device made too many.");
        _audited = _meter.CreateCounter<long>("restante.audit.entries", description: "Entries of the audit log, by result.");
        _auditFolded = _meter.CreateCounter<long>(
            "restante.audit.folded", description: "Refusals that were counted together in the audit log, as they repeat others.");
        _auditFailed = _meter.CreateCounter<long>(
            "restante.audit.failures", description: "Writes of the audit log that failed and were tried again.");
        _auditLost = _meter.CreateCounter<long>(
            "restante.audit.lost", description: "Entries that the audit log could not take, as too many waited for the disk.");
        _auditReplaced = _meter.CreateCounter<long>(
            "restante.audit.replaced",
            description: "Entries that the audit log can never hold as they are; another says so in place of each.");
        _expiredLists = _meter.CreateCounter<long>(
            "restante.authorities.expired_lists",
            description: "Certificates judged by a revocation list that was out of date, by what became of them.");
        _enrolments = _meter.CreateCounter<long>(
            "restante.enrolments",
            description: "Devices that proved to belong to an enrolment group and were not there yet, "
                + "by kind of group and what became of them.");
        _certificatesIssued = _meter.CreateCounter<long>("restante.certificates.issued", description: "Certificates issued to devices.");
        _certificatesRevoked = _meter.CreateCounter<long>(
            "restante.certificates.revoked", description: "Issued certificates that operators revoked.");
        _quotaRefused = _meter.CreateCounter<long>(
            "restante.quota.refused", description: "Messages and acts refused beyond a quota, by quota.");
        _quotaSlowed = _meter.CreateCounter<long>(
            "restante.quota.slowed",
            description: "Times that a peer came to the end of a quota by the second and was read no further, by quota.");
        _outsideScope = _meter.CreateCounter<long>(
            "restante.scopes.outside", description: "Times that a service asked for a device outside the scope of its policy.");
        _passedOver = _meter.CreateCounter<long>(
            "restante.scopes.passed_over",
            description: "Records that a reader was not shown, as they are outside the scope of its policy.");
        _connections = _meter.CreateUpDownCounter<long>(
            "restante.connections", description: "Authenticated connections, by kind of principal.");
    }

    /// <summary>Counts a refusal that a head answered with.</summary>
    public void Refused(RefusalKind kind) => _refused.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>True when the instrument is one of these; there may be several gateways in a process.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, _meter);

    internal void Authenticated(Principal principal) =>
        _authentications.Add(1, new KeyValuePair<string, object?>("result", principal is DevicePrincipal ? "device" : "service"));

    internal void AuthenticationRefused(string cause) =>
        _authentications.Add(1, new KeyValuePair<string, object?>("result", cause));

    internal void Enqueued() => _sent.Add(1);

    internal void Duplicate() => _duplicates.Add(1);

    internal void Leased(int count) => _handedOut.Add(count);

    internal void Ended(Outcome outcome, int count)
    {
        if (count > 0)
            _outcomes.Add(count, new KeyValuePair<string, object?>("outcome", outcome.Name()));
    }

    internal void Reported() => _reports.Add(1);

    internal void Asked() => _asked.Add(1);

    internal void InquiriesEnded(InquiryOutcome outcome, int count)
    {
        if (count > 0)
            _inquiries.Add(count, new KeyValuePair<string, object?>("outcome", outcome.Name()));
    }

    internal void InquiriesUntold(int count)
    {
        if (count > 0)
            _untold.Add(count);
    }

    internal void Released() => _released.Add(1);

    internal void Lapsed(int count) => _lapsed.Add(count);

    internal void TakenOver() => _takeovers.Add(1);

    internal void Notified() => _notified.Add(1);

    internal void Recalled() => _recalled.Add(1);

    internal void Offered(int count) => _offered.Add(count);

    internal void Telemetry(int bytes)
    {
        _telemetry.Add(1);
        _telemetryBytes.Add(bytes);
    }

    internal void TelemetrySkipped(long count)
    {
        if (count > 0)
            _telemetrySkipped.Add(count);
    }

    internal void PartitionTaken() => _partitionsTaken.Add(1);

    internal void RevocationListExpired(bool accepted) =>
        _expiredLists.Add(1, new KeyValuePair<string, object?>("result", accepted ? "accepted" : "refused"));

    internal void Enrolment(EnrolmentKind kind, EnrolmentStatus status) => _enrolments.Add(
        1,
        new KeyValuePair<string, object?>("kind", kind.Name()),
        new KeyValuePair<string, object?>("result", status switch
        {
            EnrolmentStatus.Enrolled => "enrolled",
            EnrolmentStatus.GroupChanged => "group-changed",
            EnrolmentStatus.GroupDisabled => "group-disabled",
            EnrolmentStatus.GroupExpired => "group-expired",
            EnrolmentStatus.DeviceExists => "device-exists",
            EnrolmentStatus.EnrolledBefore => "enrolled-before",
            EnrolmentStatus.ClaimGone => "claim-gone",
            _ => "group-full",
        }));

    internal void CertificateIssued() => _certificatesIssued.Add(1);

    internal void CertificatesRevoked(int count)
    {
        if (count > 0)
            _certificatesRevoked.Add(count);
    }

    internal void QuotaRefused(Quota quota) => _quotaRefused.Add(1, Label(quota));

    internal void QuotaSlowed(Quota quota) => _quotaSlowed.Add(1, Label(quota));

    internal void OutsideScope() => _outsideScope.Add(1);

    internal void PassedOver() => _passedOver.Add(1);

    internal void ChangeFolded() => _changesFolded.Add(1);

    internal void Audited(bool refused) => _audited.Add(1, new KeyValuePair<string, object?>("result", refused ? "refused" : "done"));

    internal void AuditFolded() => _auditFolded.Add(1);

    internal void AuditFailed() => _auditFailed.Add(1);

    internal void AuditLost() => _auditLost.Add(1);

    internal void AuditReplaced() => _auditReplaced.Add(1);

    internal void EventLost() => _eventsLost.Add(1);

    internal void Connected(bool device, int change) =>
        _connections.Add(change, new KeyValuePair<string, object?>("principal", device ? "device" : "service"));

    private static KeyValuePair<string, object?> Label(Quota quota) => new("quota", quota switch
    {
        Quota.DeviceMessages => "device-messages",
        Quota.DeviceBytes => "device-bytes",
        Quota.PolicyMessages => "policy-messages",
        Quota.PolicyActs => "policy-acts",
        _ => "gateway-messages",
    });
}
