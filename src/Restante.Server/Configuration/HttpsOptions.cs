using System.ComponentModel.DataAnnotations;

namespace Restante.Server.Configuration;

/// <summary>
/// What one HTTPS connection may use, over HTTP/1.1 and HTTP/2, before anything of a request is looked at. How many connections there may
/// be, and how long a handshake takes, stands with all listeners.
/// </summary>
public sealed record HttpsOptions
{
    /// <summary>
    /// Requests under way at once on an HTTP/2 connection; one more is refused by RST_STREAM. A client that opens and resets streams faster
    /// than they end is told ENHANCE_YOUR_CALM, and its connection is closed.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>Bytes of the headers of one request; beyond it status 431, in HTTP/2 the connection is closed.</summary>
    [Range(4_096, 131_072)]
    public int MaxHeaderBytes { get; init; } = 32 * 1024;

    /// <summary>Headers of one request; beyond it as above. Each property of a raw message is one.</summary>
    [Range(16, 1_000)]
    public int MaxHeaders { get; init; } = 100;

    /// <summary>Bytes of the first line of an HTTP/1.1 request, its query included; beyond it status 414.</summary>
    [Range(1_024, 65_536)]
    public int MaxRequestLineBytes { get; init; } = 8 * 1024;

    /// <summary>
    /// Bytes of request bodies that one HTTP/2 connection may have sent and nobody has read yet; a stream may have sent half of them. Of
    /// HTTP/1.1, whose connections have one request at a time, the same.
    /// </summary>
    [Range(131_072, 16_777_216)]
    public int MaxUnreadBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// The least rate of a request's body once it has begun, in bytes a second; a slower one is refused with status 408. 0 for none.
    /// </summary>
    [Range(0, 1_048_576)]
    public int MinBodyBytesPerSecond { get; init; } = 240;

    /// <summary>
    /// The least rate at which a client takes a response, in bytes a second; the connection of a slower one is cut. 0 for none.
    /// </summary>
    [Range(0, 1_048_576)]
    public int MinResponseBytesPerSecond { get; init; } = 240;

    /// <summary>How long both rates may stay below the least, in milliseconds.</summary>
    [Range(1_100, 600_000)]
    public int RateGraceMs { get; init; } = 5_000;

    /// <summary>How long a connection without a request is kept, in milliseconds.</summary>
    [Range(1_000, 3_600_000)]
    public int IdleTimeoutMs { get; init; } = 130_000;

    /// <summary>
    /// After how long a silence on an HTTP/2 connection the client is asked by PING whether it is there, in milliseconds. One that does not
    /// answer within 20 seconds has its connection closed.
    /// </summary>
    [Range(1_000, 3_600_000)]
    public int PingDelayMs { get; init; } = 60_000;
}
