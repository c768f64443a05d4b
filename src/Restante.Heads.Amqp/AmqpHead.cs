using Microsoft.Extensions.Logging;
using Restante.Amqp;
using Restante.Amqp.Sasl;
using Restante.Core;
using Restante.Net;

namespace Restante.Heads.Amqp;

/// <summary>Speaks AMQP 1.0 with devices and services. One instance serves all connections of a process.</summary>
public sealed class AmqpHead
{
    /// <summary>The name of the protocol in events and listeners.</summary>
    public const string Protocol = "amqp";

    /// <summary>Builds the head over the gateway's domain.</summary>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public AmqpHead(Gateway gateway, AmqpHeadOptions options, ILoggerFactory loggers)
    {
        Gateway = gateway;
        Options = options;
        Log = loggers.CreateLogger("Restante.Heads.Amqp");
        Settings = new AmqpSettings
        {
            ContainerId = options.ContainerId,
            IdleTimeoutMs = options.IdleTimeoutMs,
            MaxFrameSize = (uint)options.MaxFrameBytes,
            ChannelMax = (ushort)(options.MaxSessions - 1),
            HandleMax = (uint)(options.MaxLinksPerSession - 1),
            MaxMessageSize = gateway.Limits.MaxMessageBytes,
            MaxIncompleteBytes = Math.Max(gateway.Limits.MaxMessageBytes, 1024 * 1024),
            MaxUnsettledIncoming = options.LinkCredit,
            MaxUnsettledOutgoing = options.MaxUnsettledPerLink,
            SaslMechanisms = [SaslMechanism.Plain, SaslMechanism.Anonymous, SaslMechanism.Cbs],

            // Without SASL there is nothing yet that could authenticate the peer; it is answered with the SASL header. [AMQP 2.2]
            AllowBareAmqp = false,
        };
        Settings.Validate();
        CertifiedSettings = Settings with { SaslMechanisms = [SaslMechanism.External, .. Settings.SaslMechanisms] };
    }

    internal Gateway Gateway { get; }

    internal AmqpHeadOptions Options { get; }

    internal AmqpSettings Settings { get; }

    /// <summary>For peers that have presented a certificate.</summary>
    internal AmqpSettings CertifiedSettings { get; }

    internal ILogger Log { get; }

    /// <summary>Takes a connection; the session factory of a listener.</summary>
    public IConnectionSession Accept(Connection connection) => new AmqpPeer(this, connection);
}
