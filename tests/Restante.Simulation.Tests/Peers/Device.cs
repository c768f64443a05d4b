using Restante.Core.Access;
using Restante.Mqtt;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;
using Restante.Simulation.Tests.Worlds;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A device, over all its connections: what it remembers, and how it deals with its mail.</summary>
internal sealed class Device(World world, string id, Dice dice)
{
    private readonly List<IDevicePeer> _peers = [];
    private readonly int[] _manners = [60, dice.Below(20), dice.Below(25), dice.Below(20), dice.Below(10)];
    private readonly int _thinkMs = dice.Pick([5, 500, 4_000]);
    private int _published;

    public World World => world;

    /// <summary>It wants its mail by QoS 0 now and then: what was written to it counts as accepted, whether it got it or not.</summary>
    public bool IsCareless { get; } = dice.Chance(100);

    public string Id => id;

    /// <summary>Counts the devices of this name.</summary>
    public int Generation { get; private set; } = 1;

    public DeviceKeys Keys { get; } = new(id, dice.Split());

    /// <summary>The run of the gateway in which somebody last began to change a key of it, and has not heard what became of that.</summary>
    public int? ChangesKeyIn { get; set; }

    /// <summary>Somebody is removing it.</summary>
    public bool IsBeingRemoved { get; set; }

    /// <summary>It is in the registry.</summary>
    public bool Exists { get; set; } = true;

    /// <summary>What its MQTT clients remember of their sessions.</summary>
    public Dictionary<string, MqttSessionState> MqttSessions { get; } = [];

    /// <summary>The connections it knows of.</summary>
    public IEnumerable<IDevicePeer> Peers => _peers;

    /// <summary>A connection on which it can send.</summary>
    public IDevicePeer? Ready => _peers.Find(static p => p.IsReady);

    /// <summary>It is another device from now on, with other keys.</summary>
    /// <returns>The keys of the one before.</returns>
    public IReadOnlyList<DeviceKey> BeReborn()
    {
        Generation++;
        ChangesKeyIn = null;
        MqttSessions.Clear();
        return
        [
            .. Keys.Settle(CredentialSlot.Primary, Keys.New()),
            .. Keys.Settle(CredentialSlot.Secondary, Keys.New()),
        ];
    }

    /// <summary>Makes one more connection, by a protocol of its choice.</summary>
    public void Connect()
    {
        bool isAmqp = dice.Chance(world.AmqpPerMille);
        if (world.Dial(id, isAmqp) is not Wire wire)
            return;
        IDevicePeer peer = isAmqp
            ? new AmqpDevicePeer(world.Life, wire, this, dice.Split())
            : new MqttDevicePeer(world.Life, wire, this, dice.Split());
        _peers.Add(peer);
    }

    /// <summary>Sends something, if it is connected.</summary>
    public void Publish(Publication publication)
    {
        if (Ready is not { } peer)
            return;
        publication.Connection = peer.Wire.Name;
        publication.Place = ++_published;
        world.Timeline.Note($"{peer.Wire.Name} sends {publication.Kind} {publication.Id}");
        world.Publications.Add(publication);
        peer.Publish(publication);
    }

    /// <summary>The gateway let a connection in.</summary>
    public void LetIn(IDevicePeer peer, Mark at)
    {
        world.Timeline.Note($"{peer.Wire.Name} is let in");
        world.Ledger.Heard(peer.Hold, at);
    }

    /// <summary>The gateway said what it made of something.</summary>
    public void Answered(IDevicePeer peer, Mark at, Publication publication, bool isTaken, bool isRefused)
    {
        if (isTaken)
            world.Ledger.Heard(peer.Hold, at);
        world.Timeline.Note($"{publication.Id} is {(isTaken ? "taken" : isRefused ? "refused" : "given back")}");
        publication.IsAcknowledged |= isTaken;
        publication.IsRefused |= isRefused;
    }

    /// <summary>A message is there; what to do with it is told after a while.</summary>
    public void Consider(IDevicePeer peer, Message message, Action<Verdict> settle)
    {
        Verdict verdict = world.IsHealed ? Verdict.Accept : (Verdict)dice.Weighted(_manners);
        world.Timeline.After(dice.Between(0, world.IsHealed ? 5 : _thinkMs), world.Life, () =>
        {
            if (peer.IsGone)
                return;
            world.Timeline.Note($"{peer.Wire.Name} will {verdict} {message.Id}");
            message.AcceptSent |= verdict is Verdict.Accept or Verdict.Renew;
            message.RejectSent |= verdict == Verdict.Reject;
            settle(verdict);
        });
    }

    /// <summary>A connection is over.</summary>
    public void Lost(IDevicePeer peer)
    {
        world.Timeline.Note($"{peer.Wire.Name} is over");
        _peers.Remove(peer);
        if (world.IsHealed || dice.Chance(500))
            world.Timeline.After(dice.Between(10, 3_000), world.Life, ConnectUnlessConnected);
    }

    /// <summary>Forgets connections that may be dead and makes a new one.</summary>
    public void StartAfresh()
    {
        foreach (IDevicePeer peer in _peers.ToArray())
            peer.Leave();
        ConnectUnlessConnected();
    }

    private void ConnectUnlessConnected()
    {
        if (_peers.Count == 0)
            Connect();
        else if (world.IsHealed)
            return;
        if (_peers.Count == 0 && world.IsHealed)
            world.Timeline.After(1_000, world.Life, ConnectUnlessConnected);
    }
}
