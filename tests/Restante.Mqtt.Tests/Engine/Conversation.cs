using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>Two ends and the bytes on their way between them, driven by a seeded random choice of operations.</summary>
internal sealed class Conversation
{
    private readonly Random _random;
    private readonly bool _losses;
    private readonly MqttVersion _version;
    private readonly List<byte> _toServer = [];
    private readonly List<byte> _toClient = [];
    private bool _hadConnection;

    public Conversation(int seed, bool losses)
    {
        _random = new Random(seed);
        _losses = losses;
        _version = seed % 3 == 0 ? MqttVersion.V311 : MqttVersion.V500;
        Client = new End(_random, MqttRole.Client, "c", _random.Next(1, 6), _version);
        Server = new End(_random, MqttRole.Server, "s", _random.Next(1, 6), _version);
        Open();
    }

    public End Client { get; }

    public End Server { get; }

    public int Losses { get; private set; }

    public void Run(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            if (_losses && _random.Next(40) == 0)
            {
                Lose();
            }

            Act(_random.Next(2) == 0 ? Client : Server);
            Carry(_random.Next(1, 60));
        }
    }

    /// <summary>Lets everything come to its end without sending anything new.</summary>
    public void Finish()
    {
        for (int i = 0; i < 5_000 && !(Client.IsQuiet && Server.IsQuiet && _toServer.Count == 0 && _toClient.Count == 0); i++)
        {
            Client.AnswerOne();
            Server.AnswerOne();
            Client.Resume();
            Server.Resume();
            Client.SendPending();
            Server.SendPending();
            Carry(10_000);
        }

        Assert.True(Client.IsQuiet, Client.State);
        Assert.True(Server.IsQuiet, Server.State);
        Assert.False(Client.Connection.IsClosed);
        Assert.False(Server.Connection.IsClosed);
        Assert.True(Client.Connection.ExportSession().IsEmpty);
        Assert.True(Server.Connection.ExportSession().IsEmpty);
    }

    private void Act(End end)
    {
        switch (_random.Next(8))
        {
            case 0 or 1 or 2:
                end.CreateMessage();
                end.SendPending();
                break;
            case 3:
                end.SendPending();
                break;
            case 4:
                end.PauseOrResume();
                break;
            default:
                end.AnswerOne();
                break;
        }
    }

    private void Open()
    {
        MqttSessionState? clientState = Client.Renew();
        MqttSessionState? serverState = Server.Renew();
        _toServer.Clear();
        _toClient.Clear();
        Server.Handler.ConnectArrived = () =>
        {
            if (serverState is not null)
            {
                Server.Connection.RestoreSession(serverState);
            }

            Server.Connection.AcceptConnect(new MqttConnAckOptions { SessionPresent = _hadConnection });
        };
        if (clientState is not null)
        {
            Client.Connection.RestoreSession(clientState);
        }

        Client.Connection.Connect(new MqttConnectOptions
        {
            Version = _version,
            ClientId = "c",
            CleanStart = !_hadConnection,
            KeepAliveSeconds = 0,
            SessionExpirySeconds = 100,
        });
        for (int i = 0; i < 10 && !Client.Connection.IsConnected; i++)
        {
            Carry(10_000);
        }

        Assert.True(Client.Connection.IsConnected);
        _hadConnection = true;
        Client.ResendAll();
        Server.ResendAll();
    }

    private void Lose()
    {
        Losses++;
        Client.Connection.TransportClosed();
        Server.Connection.TransportClosed();

        // Late answers of the owner still count for the session.
        Client.AnswerOne();
        Server.AnswerOne();
        Open();
    }

    private void Carry(int most)
    {
        _toServer.AddRange(Client.TakeOutput());
        _toClient.AddRange(Server.TakeOutput());
        Deliver(_toServer, Server, most);
        Deliver(_toClient, Client, most);
    }

    private static void Deliver(List<byte> pipe, End end, int most)
    {
        int count = Math.Min(most, pipe.Count);
        end.Receive(pipe.GetRange(0, count));
        pipe.RemoveRange(0, count);
    }
}
