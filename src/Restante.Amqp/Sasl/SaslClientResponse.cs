using System.Text;
using Restante.Amqp.Types;

namespace Restante.Amqp.Sasl;

/// <summary>How a client authenticates: the mechanism and its one response.</summary>
public sealed class SaslClientResponse
{
    public SaslClientResponse(Symbol mechanism, ReadOnlyMemory<byte> initialResponse)
    {
        Mechanism = mechanism;
        InitialResponse = initialResponse;
    }

    public static SaslClientResponse Anonymous { get; } = new(SaslMechanism.Anonymous, "anonymous"u8.ToArray());

    public static SaslClientResponse External { get; } = new(SaslMechanism.External, ReadOnlyMemory<byte>.Empty);

    public Symbol Mechanism { get; }

    internal ReadOnlyMemory<byte> InitialResponse { get; }

    /// <summary>The PLAIN mechanism with a user and a password. [RFC 4616]</summary>
    public static SaslClientResponse Plain(string user, string password) =>
        new(SaslMechanism.Plain, Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
}
