using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Issuing;
using Restante.Core.Limits;
using Restante.Core.Storage;
using Restante.Heads.Amqp;
using Restante.Heads.Http;
using Restante.Heads.Mqtt;

namespace Restante.Server.Configuration;

/// <summary>Everything that can be set on a gateway.</summary>
public sealed record ServerOptions
{
    /// <summary>The directory that holds everything the gateway keeps. Created when it does not exist, for its owner only.</summary>
    public string Data { get; init; } = "restante-data";

    /// <summary>
    /// Further names and addresses that the generated server certificate is for, separated by commas. localhost and the host's name are
    /// always in it.
    /// </summary>
    public string Hosts { get; init; } = string.Empty;

    /// <summary>Where the gateway listens.</summary>
    public ListenOptions Listen { get; init; } = new();

    /// <summary>The server certificate.</summary>
    public CertificateOptions Certificate { get; init; } = new();

    /// <summary>What the core allows, on every protocol alike.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>How credentials are judged.</summary>
    public AccessOptions Access { get; init; } = new();

    /// <summary>What devices may do about their own credentials, and what the gateway's own issuers do.</summary>
    public IssuerOptions Issuer { get; init; } = new();

    /// <summary>What mailboxes hold.</summary>
    public MailboxLimits Mailboxes { get; init; } = new();

    /// <summary>What history is kept.</summary>
    public HistoryLimits History { get; init; } = new();

    /// <summary>What telemetry and events are kept.</summary>
    public StreamLimits Streams { get; init; } = new();

    /// <summary>What is kept of the audit log.</summary>
    public AuditLimits Audit { get; init; } = new();

    /// <summary>How the embedded store works.</summary>
    public StoreOptions Store { get; init; } = new();

    /// <summary>What connections may use.</summary>
    public NetworkOptions Network { get; init; } = new();

    /// <summary>AMQP.</summary>
    public AmqpHeadOptions Amqp { get; init; } = new();

    /// <summary>MQTT.</summary>
    public MqttHeadOptions Mqtt { get; init; } = new();

    /// <summary>What HTTPS connections may use.</summary>
    public HttpsOptions Https { get; init; } = new();

    /// <summary>The REST interface.</summary>
    public HttpHeadOptions Http { get; init; } = new();

    /// <summary>What is logged.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>Metrics that are asked for.</summary>
    public MetricsOptions Metrics { get; init; } = new();

    /// <summary>Metrics and traces that are sent.</summary>
    public OtlpOptions Otlp { get; init; } = new();
}
