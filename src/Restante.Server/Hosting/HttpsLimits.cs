using Microsoft.AspNetCore.Server.Kestrel.Core;
using Restante.Server.Configuration;

namespace Restante.Server.Hosting;

/// <summary>Tells Kestrel what a connection may use. All of it is set here, so that nothing hangs on its defaults.</summary>
internal static class HttpsLimits
{
    // Of an answer that the client does not take, for each request.
    private const int KeptAnswerBytes = 16 * 1024;

    private static readonly TimeSpan s_pingTimeout = TimeSpan.FromSeconds(20);

    public static void Apply(KestrelServerLimits limits, NetworkOptions network, HttpsOptions https)
    {
        limits.MaxConcurrentConnections = null; // HttpsConnections bounds them, and the listeners of shared ports.
        limits.MaxConcurrentUpgradedConnections = network.MaxConnections;
        limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(network.FirstBytesTimeoutMs);
        limits.KeepAliveTimeout = TimeSpan.FromMilliseconds(https.IdleTimeoutMs);
        limits.MaxRequestHeadersTotalSize = https.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = https.MaxHeaders;
        limits.MaxRequestLineSize = https.MaxRequestLineBytes;
        limits.MaxRequestBufferSize = https.MaxUnreadBytes;
        limits.MaxResponseBufferSize = KeptAnswerBytes;
        limits.MinRequestBodyDataRate = Rate(https.MinBodyBytesPerSecond, https.RateGraceMs);
        limits.MinResponseDataRate = Rate(https.MinResponseBytesPerSecond, https.RateGraceMs);
        Http2Limits http2 = limits.Http2;
        http2.MaxStreamsPerConnection = https.MaxStreamsPerConnection;
        http2.MaxRequestHeaderFieldSize = Math.Min(https.MaxHeaderBytes, http2.MaxFrameSize);
        http2.InitialConnectionWindowSize = https.MaxUnreadBytes;
        http2.InitialStreamWindowSize = https.MaxUnreadBytes / 2;
        http2.KeepAlivePingDelay = TimeSpan.FromMilliseconds(https.PingDelayMs);
        http2.KeepAlivePingTimeout = s_pingTimeout;
    }

    private static MinDataRate? Rate(int bytesPerSecond, int graceMs) =>
        bytesPerSecond == 0 ? null : new MinDataRate(bytesPerSecond, TimeSpan.FromMilliseconds(graceMs));
}
