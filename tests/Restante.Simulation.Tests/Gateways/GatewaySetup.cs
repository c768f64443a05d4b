using Restante.Core.Limits;
using Restante.Core.Storage;
using Restante.Heads.Amqp;
using Restante.Heads.Mqtt;
using Restante.Net;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Gateways;

/// <summary>The options of the gateway in one simulation: small limits, so that they are reached.</summary>
internal sealed record GatewaySetup
{
    public GatewayLimits Limits { get; init; } = new();

    public MailboxLimits Mailboxes { get; init; } = new();

    public StreamLimits Streams { get; init; } = new();

    public ConnectionLimits Connections { get; init; } = new();

    public AmqpHeadOptions Amqp { get; init; } = new();

    public MqttHeadOptions Mqtt { get; init; } = new();

    /// <summary>Contents kept in memory by the store; 0 has each read from disk.</summary>
    public long RecentContentBytes { get; init; }

    /// <summary>The longest time of one write to the disk, in milliseconds.</summary>
    public int SyncMs { get; init; }

    public static GatewaySetup Of(Dice dice) => new()
    {
        Limits = new GatewayLimits
        {
            LeaseDurationMs = dice.Pick([2_000L, 10_000, 60_000]),
            SweepPeriodMs = dice.Pick([100, 500, 2_000]),
            MaxAuthenticationFailuresPerMinute = 0,
            MaxAuthenticationFailuresPerSourcePerMinute = 0,
            DefaultInquiryMs = 20_000,
            MaxConnectionsPerDevice = (int)dice.Between(2, 4),
        },
        Mailboxes = new MailboxLimits
        {
            MaxDepth = dice.Pick([5, 20, 1_000]),
            MaxDeliveries = dice.Pick([3, 10]),
            RedeliveryDelayMs = dice.Pick([0L, 0, 1_000]),
            MaxRedeliveryDelayMs = 4_000,
            MaxShelved = 5,
            IdempotencyRetentionMs = 86_400_000, // Longer than a clock is wrong.
        },
        Streams = new StreamLimits { Partitions = 2, SegmentBytes = dice.Pick([4 * 1024, 64 * 1024]) },
        Connections = new ConnectionLimits
        {
            MaxPendingOutputBytes = dice.Pick([256 * 1024, 1024 * 1024]),
            ResumeOutputBytes = 16 * 1024,
            WriteTimeout = TimeSpan.FromSeconds(dice.Between(2, 30)),
            CloseTimeout = TimeSpan.FromSeconds(dice.Between(1, 5)),
        },
        Amqp = new AmqpHeadOptions
        {
            IdleTimeoutMs = dice.Pick([10_000, 60_000]),
            LinkCredit = dice.Pick([2, 200]),
            MaxUnsettledPerLink = dice.Pick([2, 10, 500]),
            StoreRetryMs = 500,
        },
        Mqtt = new MqttHeadOptions
        {
            ReceiveMaximum = dice.Pick([2, 64]),
            MaxInFlight = dice.Pick([1, 4, 32]),
            MaxUncommitted = dice.Pick([2, 64]),
            StoreRetryMs = 500,
        },
        RecentContentBytes = dice.Pick([0L, 1024 * 1024]),
        SyncMs = dice.Pick([0, 5, 100]),
    };
}
