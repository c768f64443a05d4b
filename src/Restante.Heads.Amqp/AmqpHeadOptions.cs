using System.ComponentModel.DataAnnotations;

namespace Restante.Heads.Amqp;

/// <summary>What the AMQP head allows. Negotiated values are told to each peer in open, begin and attach.</summary>
public sealed record AmqpHeadOptions
{
    /// <summary>The container-id the gateway gives itself, 1 to 256 characters.</summary>
    public string ContainerId { get; init; } = "restante";

    /// <summary>Silence of a peer that ends its connection, in milliseconds; half of it is announced. Range 5,000 to 86,400,000.</summary>
    [Range(5000, 86400000)]
    public int IdleTimeoutMs { get; init; } = 240_000;

    /// <summary>The largest frame accepted, in bytes; bounds the receive buffer of a busy connection. Range 4,096 to 1,048,576.</summary>
    [Range(4096, 1048576)]
    public int MaxFrameBytes { get; init; } = 64 * 1024;

    /// <summary>
    /// How long a peer that began with SASL ANONYMOUS has until it has put a token on <c>$cbs</c>, in milliseconds; then its connection is
    /// closed. Until then it may do nothing else. Range 1,000 to 600,000.
    /// </summary>
    [Range(1000, 600000)]
    public int CbsTimeoutMs { get; init; } = 20_000;

    /// <summary>Sessions on one connection. Range 1 to 256.</summary>
    [Range(1, 256)]
    public int MaxSessions { get; init; } = 16;

    /// <summary>Links on one session. Range 1 to 4,096.</summary>
    [Range(1, 4096)]
    public int MaxLinksPerSession { get; init; } = 64;

    /// <summary>
    /// Messages that a sender may have on the way on one link before the gateway has stored them: the link credit. Range 1 to 10,000.
    /// </summary>
    [Range(1, 10000)]
    public int LinkCredit { get; init; } = 200;

    /// <summary>Messages handed out on one link and not yet settled. Range 1 to 10,000.</summary>
    [Range(1, 10000)]
    public int MaxUnsettledPerLink { get; init; } = 500;

    /// <summary>
    /// Bytes of output that may wait for a peer to read before the gateway takes a rest from producing more. Range 16,384 to 1,048,576;
    /// what is below 65,536 works as that.
    /// </summary>
    [Range(16384, 1048576)]
    public int OutputHighWaterBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Bytes of messages that a peer has sent and that are not stored yet; above it the gateway reads nothing more from that connection
    /// until some are. So many bytes of answers to requests may also wait for its credit, those under way counted as the largest that they
    /// can be; a request beyond it is released. And so many bytes may be read for its receivers before they can be sent, and one read for
    /// each session besides. Range 65,536 to 268,435,456.
    /// </summary>
    [Range(65536, 268435456)]
    public int MaxBytesInFlight { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Requests of one connection that the store has not answered (messages, settlements, attaches); above it the gateway reads nothing
    /// more from that connection until some are. Range 16 to 100,000.
    /// </summary>
    [Range(16, 100000)]
    public int MaxRequestsInFlight { get; init; } = 4_000;

    /// <summary>
    /// How long a link whose messages could not be fetched because the store was unavailable waits before it tries again, in milliseconds.
    /// Range 10 to 600,000.
    /// </summary>
    [Range(10, 600000)]
    public int StoreRetryMs { get; init; } = 1_000;
}
