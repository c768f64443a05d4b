using System.Globalization;

namespace Restante.Core.Sessions;

/// <summary>Which connection something happened on, as people find it again in the log.</summary>
/// <param name="Protocol">The protocol: <c>amqp</c>, <c>mqtt</c> or <c>https</c>.</param>
/// <param name="Number">Its number within the process, as in the log; 0 for a request, which has none.</param>
/// <param name="Peer">The address of the other end; null when it is not known.</param>
public readonly record struct ConnectionName(string Protocol, long Number, string? Peer)
{
    /// <summary>True when nothing is known of the connection.</summary>
    public bool IsUnknown => Protocol is null;

    /// <summary>As in a sentence: <c>AMQP connection 118 from 10.2.3.4</c>.</summary>
    public override string ToString()
    {
        if (IsUnknown)
            return "an unknown connection";
        string which = Number == 0 ? "request" : string.Create(CultureInfo.InvariantCulture, $"connection {Number}");
        return $"{Protocol.ToUpperInvariant()} {which}{(Peer is null ? "" : " from " + Peer)}";
    }
}
