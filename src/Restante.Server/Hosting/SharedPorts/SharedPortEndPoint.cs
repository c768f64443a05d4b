using System.Net;

namespace Restante.Server.Hosting.SharedPorts;

/// <summary>
/// Where Kestrel "binds" to get the HTTP connections of ports that it shares with other protocols: one for each version of HTTP.
/// </summary>
internal sealed class SharedPortEndPoint : EndPoint
{
    private readonly string _name;

    private SharedPortEndPoint(string name) => _name = name;

    /// <summary>HTTP/1.1.</summary>
    public static SharedPortEndPoint Http1 { get; } = new("http1");

    /// <summary>HTTP/2, which was agreed upon by ALPN.</summary>
    public static SharedPortEndPoint Http2 { get; } = new("http2");

    public override string ToString() => "shared-port-" + _name;
}
