using System.ComponentModel.DataAnnotations;

namespace Restante.Core.Limits;

/// <summary>What the core allows, on every protocol alike.</summary>
public sealed record GatewayLimits
{
    /// <summary>The largest message, content with properties, in bytes. Range 1,024 to 16,777,216.</summary>
    [Range(1024, 16777216)]
    public int MaxMessageBytes { get; init; } = 256 * 1024;

    /// <summary>How long a command lives when its sender gives no expiry, in milliseconds. Range 1,000 to <see cref="MaxTtlMs"/>.</summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long DefaultTtlMs { get; init; } = 24L * 3600 * 1000;

    /// <summary>The longest life of a command, in milliseconds; longer wishes are refused. Range 1,000 to 366 days.</summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long MaxTtlMs { get; init; } = 31L * 24 * 3600 * 1000;

    /// <summary>How long a receiver may hold a message without settling it, in milliseconds. Range 1,000 to 86,400,000.</summary>
    [Range(typeof(long), "1000", "86400000")]
    public long LeaseDurationMs { get; init; } = 60_000;

    /// <summary>How often expiry, lapsed leases and retention are looked after, in milliseconds. Range 10 to 60,000.</summary>
    [Range(10, 60000)]
    public int SweepPeriodMs { get; init; } = 500;

    /// <summary>Reports of a device on one command. Range 1 to 100,000.</summary>
    [Range(1, 100000)]
    public int MaxReportsPerCommand { get; init; } = 1_000;

    /// <summary>
    /// Bytes of all reports of one device that are kept, contents and 128 for each. Range 1,024 to 1 TiB. Room comes back as reports go
    /// with the outcomes of their commands.
    /// </summary>
    [Range(typeof(long), "1024", "1099511627776")]
    public long MaxReportBytesPerDevice { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// For how long after a command has ended its device may report on it, when the sender named no instant, in milliseconds. Range 0 to
    /// 366 days. No longer than outcomes are kept, in effect.
    /// </summary>
    [Range(typeof(long), "0", "31622400000")]
    public long ReportDeadlineMs { get; init; } = 24L * 3600 * 1000;

    /// <summary>
    /// Reports handed to the competing receivers of one reader and not yet settled; with their contents in memory. Range 1 to 10,000.
    /// </summary>
    [Range(1, 10000)]
    public int MaxReportsInFlight { get; init; } = 100;

    /// <summary>
    /// How long an inquiry waits for its answers when the device names no deadline, in milliseconds. Range 1,000 to
    /// <see cref="MaxInquiryMs"/>.
    /// </summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long DefaultInquiryMs { get; init; } = 60_000;

    /// <summary>The longest time an inquiry may be open, in milliseconds; longer wishes are refused. Range 1,000 to 366 days.</summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long MaxInquiryMs { get; init; } = 24L * 3600 * 1000;

    /// <summary>Open inquiries of one device. Range 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int MaxOpenInquiriesPerDevice { get; init; } = 16;

    /// <summary>Inquiries that wait for a handler of one subject. Range 1 to 10,000,000.</summary>
    [Range(1, 10000000)]
    public int MaxWaitingPerSubject { get; init; } = 10_000;

    /// <summary>Answers to one inquiry. Range 1 to 100,000.</summary>
    [Range(1, 100000)]
    public int MaxAnswersPerInquiry { get; init; } = 1_000;

    /// <summary>How often an inquiry is handed to a handler before it ends as <c>undeliverable</c>. Range 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int MaxInquiryDeliveries { get; init; } = 10;

    /// <summary>
    /// How long an ended inquiry is kept, in milliseconds: so long the same id names the same inquiry, late answers are refused with the
    /// reason, and handlers can read that it ended. Range 1,000 to 366 days.
    /// </summary>
    [Range(typeof(long), "1000", "31622400000")]
    public long InquiryRetentionMs { get; init; } = 24L * 3600 * 1000;

    /// <summary>Ended inquiries of one device that are kept; the oldest goes when it asks anew. Range 1 to 10,000.</summary>
    [Range(1, 10000)]
    public int MaxEndedInquiriesPerDevice { get; init; } = 100;

    /// <summary>Subjects that are handled in this process at a time. Range 1 to 1,000,000.</summary>
    [Range(1, 1000000)]
    public int MaxHandledSubjects { get; init; } = 10_000;

    /// <summary>
    /// How much of <see cref="MaxHandledSubjects"/> one policy may handle, in percent; at least one subject. Range 1 to 100. One more is
    /// refused to it as <c>throttled</c>.
    /// </summary>
    [Range(1, 100)]
    public int HandledSubjectSharePercent { get; init; } = 50;

    /// <summary>
    /// Readers of ended inquiries, each of a policy for a subject. Range 1 to 100,000. So many cursors are kept as well; beyond it those go
    /// that have not moved for the longest time, and their readers begin anew.
    /// </summary>
    [Range(1, 100000)]
    public int MaxEndedReaders { get; init; } = 1_000;

    /// <summary>
    /// How much of <see cref="MaxEndedReaders"/> may be of one policy, in percent; at least one. Range 1 to 100. One more of its own is
    /// refused to it as <c>throttled</c>.
    /// </summary>
    [Range(1, 100)]
    public int EndedReaderSharePercent { get; init; } = 50;

    /// <summary>
    /// Subjects whose ended inquiries are numbered. Range 1 to 10,000,000. Beyond it subjects of which nothing is kept are forgotten;
    /// should an inquiry of such a one end later, its number is higher than any forgotten one.
    /// </summary>
    [Range(1, 10000000)]
    public int MaxEndedSubjects { get; init; } = 10_000;

    /// <summary>Outcomes handed to the competing receivers of one reader and not yet settled. Range 1 to 100,000.</summary>
    [Range(1, 100000)]
    public int MaxOutcomesInFlight { get; init; } = 1_000;

    /// <summary>
    /// Live connections of one device. Range 1 to 100; a newer one beyond it ends the oldest. Those on which field gateways act for it
    /// count apart from its own.
    /// </summary>
    [Range(1, 100)]
    public int MaxConnectionsPerDevice { get; init; } = 4;

    /// <summary>
    /// Live AMQP connections of the services of one policy, over WebSockets too. Range 1 to 100,000; one more is closed at once, and those
    /// that are there go on. Requests over HTTPS that wait count elsewhere.
    /// </summary>
    [Range(1, 100000)]
    public int MaxConnectionsPerPolicy { get; init; } = 1_000;

    /// <summary>Policies in the registry. Range 1 to 10,000.</summary>
    [Range(1, 10000)]
    public int MaxPolicies { get; init; } = 1_000;

    /// <summary>
    /// Enrolment groups. Range 1 to 1,000. Each one with keys costs two derived keys and two comparisons with each wrong key or token.
    /// </summary>
    [Range(1, 1000)]
    public int MaxEnrolmentGroups { get; init; } = 100;

    /// <summary>
    /// Devices that one enrolment group may enrol, those counted that were removed and not released; a group may be given less. Range 1 to
    /// 100,000,000.
    /// </summary>
    [Range(typeof(long), "1", "100000000")]
    public long MaxDevicesPerEnrolmentGroup { get; init; } = 1_000_000;

    /// <summary>Claims of one enrolment group that wait to be used. Range 1 to 10,000,000.</summary>
    [Range(1, 10000000)]
    public int MaxClaimsPerEnrolmentGroup { get; init; } = 100_000;

    /// <summary>
    /// How long a claim lives when no end is given, in milliseconds. Range 1,000 to <see cref="MaxClaimMs"/>.
    /// </summary>
    [Range(typeof(long), "1000", "316224000000")]
    public long DefaultClaimMs { get; init; } = 30L * 24 * 3600 * 1000;

    /// <summary>The longest life of a claim, in milliseconds; longer wishes are refused. Range 1,000 to 3,660 days.</summary>
    [Range(typeof(long), "1000", "316224000000")]
    public long MaxClaimMs { get; init; } = 366L * 24 * 3600 * 1000;

    /// <summary>
    /// Wrong credentials for one name from one source address, with no quiet time between, before further attempts have to wait: then
    /// they are refused unseen for <see cref="AuthenticationWaitMs"/>, and twice as long after each further failure. A success ends it. 0
    /// switches it off.
    /// </summary>
    [Range(0, 1000000)]
    public int MaxAuthenticationFailuresPerMinute { get; init; } = 60;

    /// <summary>
    /// Wrong credentials for whatever names from one source address before all further attempts are refused unseen for a while. Many
    /// devices may share an address, so keep it well above the other. 0 switches it off.
    /// </summary>
    [Range(0, 10000000)]
    public int MaxAuthenticationFailuresPerSourcePerMinute { get; init; } = 6_000;

    /// <summary>
    /// How long, in milliseconds, the first attempt waits that is one too many by <see cref="MaxAuthenticationFailuresPerMinute"/>; each
    /// failure after a wait doubles the next. Range 1 to 3,600,000.
    /// </summary>
    [Range(1, 3600000)]
    public int AuthenticationWaitMs { get; init; } = 1_000;

    /// <summary>The longest such wait, in milliseconds. Range 1 to 3,600,000.</summary>
    [Range(1, 3600000)]
    public int MaxAuthenticationWaitMs { get; init; } = 60_000;

    /// <summary>
    /// Messages that a device sends in a second, in the long run: telemetry (each of a batch), reports, inquiries, changes of its state and
    /// requests for it; those of the devices behind a field gateway count as the gateway's. Range 0 to 10,000,000; 0 switches it off.
    /// </summary>
    [Range(0, 10000000)]
    public int MaxMessagesPerSecondPerDevice { get; init; } = 2_000;

    /// <summary>
    /// Bytes of those messages in a second, in the long run, contents with properties, and of the state that a device asks for. Range 0 to
    /// 1 TiB; 0 switches it off.
    /// </summary>
    [Range(typeof(long), "0", "1099511627776")]
    public long MaxBytesPerSecondPerDevice { get; init; } = 16L * 1024 * 1024;

    /// <summary>
    /// Commands, notifications and answers that the services of a policy send in a second, in the long run; bulk jobs have a rate of their
    /// own. Range 0 to 10,000,000; 0 switches it off.
    /// </summary>
    [Range(0, 10000000)]
    public int MaxMessagesPerSecondPerPolicy { get; init; }

    /// <summary>
    /// Messages that all devices and services together send in a second, in the long run. Range 0 to 10,000,000; 0 switches it off.
    /// </summary>
    [Range(0, 10000000)]
    public int MaxMessagesPerSecond { get; init; }

    /// <summary>
    /// Administrative acts that a policy with a scope does in a day, in the long run, and at once after a quiet day: each is noted beside
    /// what is noted of everybody. Each device that an import creates or changes is one. Range 0 to 100,000,000; 0 switches it off.
    /// </summary>
    [Range(0, 100000000)]
    public int MaxActsPerDayPerScopedPolicy { get; init; } = 100_000;

    /// <summary>
    /// How much of a quota by the second may be used up at once by who has been quiet: as much as comes in in so many milliseconds. Range
    /// 1,000 to 600,000.
    /// </summary>
    [Range(1000, 600000)]
    public int QuotaBurstMs { get; init; } = 5_000;

    /// <summary>Groups that one device belongs to. Range 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int MaxGroupsPerDevice { get; init; } = 32;

    /// <summary>The largest tags of a device, in bytes of JSON. Range 2 to 65,536.</summary>
    [Range(2, 65536)]
    public int MaxTagsBytes { get; init; } = 8 * 1024;

    /// <summary>The largest part (desired or reported) of a device's state document, in bytes of JSON. Range 256 to 1,048,576.</summary>
    [Range(256, 1048576)]
    public int MaxStateBytes { get; init; } = 32 * 1024;

    /// <summary>
    /// How many objects and arrays may stand within each other in a state document, the outermost counted. Range 1 to 64.
    /// </summary>
    [Range(1, 64)]
    public int MaxStateDepth { get; init; } = 10;

    /// <summary>Jobs that are kept; the oldest that has ended makes room for a new one. Range 1 to 100,000.</summary>
    [Range(1, 100000)]
    public int MaxJobs { get; init; } = 1_000;

    /// <summary>
    /// How much of <see cref="MaxJobs"/> may be of one policy, in percent; at least one. Range 1 to 100. Beyond it its own oldest that has
    /// ended makes room; when none has, one more is refused to it as <c>throttled</c>.
    /// </summary>
    [Range(1, 100)]
    public int JobSharePercent { get; init; } = 50;

    /// <summary>Jobs that send at a time; others wait for their turn. Range 1 to 100.</summary>
    [Range(1, 100)]
    public int MaxRunningJobs { get; init; } = 10;

    /// <summary>
    /// How much of <see cref="MaxRunningJobs"/> may be of one policy, in percent; at least one. Range 1 to 100. Further ones of its own
    /// wait for their turn, and hold up nobody else's.
    /// </summary>
    [Range(1, 100)]
    public int RunningJobSharePercent { get; init; } = 50;

    /// <summary>Consumer groups of telemetry that have checkpoints. Range 1 to 10,000.</summary>
    [Range(1, 10000)]
    public int MaxConsumerGroups { get; init; } = 100;

    /// <summary>
    /// How much of <see cref="MaxConsumerGroups"/> one policy may have begun, in percent; at least one. Range 1 to 100. One more is refused
    /// to it as <c>limit-reached</c>.
    /// </summary>
    [Range(1, 100)]
    public int ConsumerGroupSharePercent { get; init; } = 50;

    /// <summary>Readers of one consumer group at a time. Range 1 to 100,000.</summary>
    [Range(1, 100000)]
    public int MaxReadersPerGroup { get; init; } = 1_000;

    /// <summary>
    /// Records of one partition handed to a reader of a consumer group and not yet accepted; no more are read beyond it. Range 1 to
    /// 1,000,000.
    /// </summary>
    [Range(1, 1000000)]
    public int MaxRecordsInFlight { get; init; } = 10_000;
}
