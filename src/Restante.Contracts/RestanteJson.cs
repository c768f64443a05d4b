using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Restante.Contracts;

/// <summary>
/// How the records of the REST interface are written as JSON: camelCase, nothing for null, times by <see cref="RfcTimeConverter"/>.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(RfcTimeConverter)])]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(DeviceCreation))]
[JsonSerializable(typeof(DeviceChange))]
[JsonSerializable(typeof(DeviceView))]
[JsonSerializable(typeof(DevicePage))]
[JsonSerializable(typeof(DeviceKeysView))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(DeviceCredential))]
[JsonSerializable(typeof(CredentialsView))]
[JsonSerializable(typeof(AuthorityCreation))]
[JsonSerializable(typeof(AuthorityView))]
[JsonSerializable(typeof(AuthorityPage))]
[JsonSerializable(typeof(PossessionProof))]
[JsonSerializable(typeof(EnrolmentCreation))]
[JsonSerializable(typeof(EnrolmentChange))]
[JsonSerializable(typeof(EnrolmentView))]
[JsonSerializable(typeof(EnrolmentPage))]
[JsonSerializable(typeof(EnrolmentKeysView))]
[JsonSerializable(typeof(ClaimCreation))]
[JsonSerializable(typeof(ClaimView))]
[JsonSerializable(typeof(ClaimPage))]
[JsonSerializable(typeof(EnrolledView))]
[JsonSerializable(typeof(EnrolledPage))]
[JsonSerializable(typeof(IssuerCreation))]
[JsonSerializable(typeof(IssuerView))]
[JsonSerializable(typeof(IssuerPage))]
[JsonSerializable(typeof(CertificateView))]
[JsonSerializable(typeof(CertificatePage))]
[JsonSerializable(typeof(PolicyCreation))]
[JsonSerializable(typeof(PolicyRights))]
[JsonSerializable(typeof(PolicyView))]
[JsonSerializable(typeof(ScopeView))]
[JsonSerializable(typeof(PolicyPage))]
[JsonSerializable(typeof(CommandCreation))]
[JsonSerializable(typeof(CommandReceipt))]
[JsonSerializable(typeof(CommandView))]
[JsonSerializable(typeof(AuditEntryView))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditAnchorView))]
[JsonSerializable(typeof(OutcomeView))]
[JsonSerializable(typeof(OutcomePage))]
[JsonSerializable(typeof(MailboxMessageView))]
[JsonSerializable(typeof(MailboxPage))]
[JsonSerializable(typeof(PurgeView))]
[JsonSerializable(typeof(StreamRecordView))]
[JsonSerializable(typeof(StreamPage))]
[JsonSerializable(typeof(StreamGap))]
[JsonSerializable(typeof(StreamEnd))]
[JsonSerializable(typeof(PartitionView))]
[JsonSerializable(typeof(PartitionPage))]
[JsonSerializable(typeof(ExplanationView))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(HistoryEntryView))]
[JsonSerializable(typeof(ReportView))]
[JsonSerializable(typeof(ReportPage))]
[JsonSerializable(typeof(ReportReceipt))]
[JsonSerializable(typeof(DeliveredMessage))]
[JsonSerializable(typeof(DeliveryPage))]
[JsonSerializable(typeof(LeaseView))]
[JsonSerializable(typeof(SettleReason))]
[JsonSerializable(typeof(InquiryReceipt))]
[JsonSerializable(typeof(InquiryView))]
[JsonSerializable(typeof(InquiryPage))]
[JsonSerializable(typeof(AnswerCreation))]
[JsonSerializable(typeof(AnswerReceipt))]
[JsonSerializable(typeof(EndedInquiryView))]
[JsonSerializable(typeof(EndedInquiryPage))]
[JsonSerializable(typeof(NotificationCreation))]
[JsonSerializable(typeof(NotificationReceipt))]
[JsonSerializable(typeof(NotificationView))]
[JsonSerializable(typeof(NotificationPage))]
[JsonSerializable(typeof(NotificationDevicePage))]
[JsonSerializable(typeof(StateView))]
[JsonSerializable(typeof(StatePartView))]
[JsonSerializable(typeof(JobCreation))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobPage))]
[JsonSerializable(typeof(JobRefusalPage))]
[JsonSerializable(typeof(ConsumerGroupPage))]
[JsonSerializable(typeof(ConsumerGroupView))]
[JsonSerializable(typeof(CheckpointCreation))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(ResendWish))]
[JsonSerializable(typeof(DeletedView))]
[JsonSerializable(typeof(DeviceImportView))]
[JsonSerializable(typeof(IReadOnlyList<TelemetryMessage>))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(GatewayFile))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(JsonElement))]
public sealed partial class RestanteJson : JsonSerializerContext
{
    private static RestanteJson? s_plain;

    /// <summary>
    /// The same with characters that only HTML minds, such as the plus signs in keys, written as they are. For answers that no browser
    /// takes for
    /// HTML, and for terminals.
    /// </summary>
    public static RestanteJson Plain =>
        s_plain ??= new RestanteJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
