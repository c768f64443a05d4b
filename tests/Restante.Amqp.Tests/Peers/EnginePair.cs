using System.Buffers;
using Restante.Amqp.Messaging;

namespace Restante.Amqp.Tests.Peers;

/// <summary>A client engine and a server engine, wired back to back.</summary>
internal sealed class EnginePair
{
    private readonly ArrayBufferWriter<byte> _fromClient = new();
    private readonly ArrayBufferWriter<byte> _fromServer = new();
    private int _clientRead;
    private int _serverRead;

    internal EnginePair(AmqpSettings client, AmqpSettings server)
    {
        Client = new AmqpConnection(client, AmqpRole.Client, ClientHandler, _fromClient);
        Server = new AmqpConnection(server, AmqpRole.Server, ServerHandler, _fromServer);
        Client.Start(0);
        Server.Start(0);
    }

    internal RecordingHandler ClientHandler { get; } = new();

    internal RecordingHandler ServerHandler { get; } = new();

    internal AmqpConnection Client { get; }

    internal AmqpConnection Server { get; }

    internal long NowMs { get; set; }

    internal ReadOnlySpan<byte> FromClient => _fromClient.WrittenSpan;

    internal ReadOnlySpan<byte> FromServer => _fromServer.WrittenSpan;

    internal bool ToServer(int most = int.MaxValue)
    {
        ReadOnlySpan<byte> rest = _fromClient.WrittenSpan[_clientRead..];
        int used = Server.Receive(rest[..Math.Min(most, rest.Length)], NowMs);
        _clientRead += used;
        return used > 0;
    }

    internal bool ToClient(int most = int.MaxValue)
    {
        ReadOnlySpan<byte> rest = _fromServer.WrittenSpan[_serverRead..];
        int used = Client.Receive(rest[..Math.Min(most, rest.Length)], NowMs);
        _serverRead += used;
        return used > 0;
    }

    /// <summary>Carries bytes both ways until nothing moves.</summary>
    internal void Pump()
    {
        int rounds = 0;
        while (ToServer() | ToClient())
            Assert.True(++rounds < 1_000, "The engines answer each other without end.");
    }

    /// <summary>Opens, begins a session and attaches a link on which the client sends or receives.</summary>
    internal static (EnginePair Pair, AmqpLink ClientLink, AmqpLink ServerLink) Linked(
        bool clientSends, AmqpSettings? settings = null, LinkSettings? link = null)
    {
        AmqpSettings shared = settings ?? ScriptedPeer.Settings();
        var pair = new EnginePair(shared, shared);
        pair.Pump();
        AmqpSession session = pair.Client.BeginSession()!;
        LinkSettings wish = link ?? new LinkSettings
        {
            Name = "l",
            IsSender = clientSends,
            Source = new Source { Address = "a" },
            Target = new Target { Address = "b" },
        };
        AmqpLink clientLink = session.Attach(wish)!;
        pair.Pump();
        return (pair, clientLink, pair.ServerHandler.Link);
    }
}
