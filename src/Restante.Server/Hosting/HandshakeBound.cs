using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Restante.Net;

namespace Restante.Server.Hosting;

/// <summary>
/// Stands on both sides of TLS on Kestrel's own port: bounds what a peer sends before its handshake is over, as listeners of the other
/// protocols do.
/// </summary>
/// <param name="maxBytes">How many bytes a handshake may take.</param>
/// <param name="network">Counts the handshakes that take more.</param>
internal sealed class HandshakeBound(int maxBytes, NetMetrics network)
{
    /// <summary>What a connection comes by before TLS.</summary>
    public ConnectionDelegate Before(ConnectionDelegate next) => async connection =>
    {
        IDuplexPipe transport = connection.Transport;
        var input = new HandshakeInput(transport.Input, maxBytes);
        connection.Features.Set(input);
        connection.Transport = new Bounded(input, transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
            if (input.IsExceeded)
                network.HandshakeEnded(HandshakeOutcome.TooLarge);
        }
    };

    /// <summary>What a connection comes by when its handshake is over.</summary>
    public static ConnectionDelegate After(ConnectionDelegate next) => connection =>
    {
        connection.Features.Get<HandshakeInput>()?.EndHandshake();
        return next(connection);
    };

    private sealed record Bounded(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
