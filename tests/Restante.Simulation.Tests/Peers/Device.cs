using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Issuing;
using Restante.Mqtt;
using Restante.Mqtt.Packets;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;
using Restante.Simulation.Tests.Worlds;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A device, over all its connections: what it remembers, and how it deals with its mail.</summary>
internal sealed class Device
{
    private readonly List<IDevicePeer> _peers = [];
    private readonly Dice _dice;
    private readonly int[] _manners;
    private readonly int _thinkMs;
    private Publication? _question;
    private int _published;

    /// <param name="world">Where it is.</param>
    /// <param name="id">Its name.</param>
    /// <param name="enrols">How it becomes one; null when an operator enters it.</param>
    /// <param name="dice">Chance.</param>
    public Device(World world, string id, EnrolmentKind? enrols, Dice dice)
    {
        World = world;
        Id = id;
        Enrols = enrols;
        _dice = dice;
        _manners = [60, dice.Below(20), dice.Below(25), dice.Below(20), dice.Below(10)];
        _thinkMs = dice.Pick([5, 500, 4_000]);
        IsCareless = dice.Chance(100);
        Exists = enrols is null;
        Zone = enrols is null ? dice.Pick(["a", "b"]) : "a";
        world.Ledger.Reach.DeviceMayBe(id, Zone);
        Keys = new DeviceKeys(id, dice.Split(), World.CertificatePerMille, Maker.All.Skip(enrols == EnrolmentKind.Authority ? 1 : 0));
        (DeviceKey primary, DeviceKey? secondary) = World.Enrolments.FirstKeys(this);
        Keys.Replace(primary, secondary);
    }

    public World World { get; }

    /// <summary>It wants its mail by QoS 0 now and then: what was written to it counts as accepted, whether it got it or not.</summary>
    public bool IsCareless { get; }

    public string Id { get; }

    /// <summary>By what it enrols when it first connects; null when an operator enters it.</summary>
    public EnrolmentKind? Enrols { get; }

    /// <summary>The claim that it was given; null for none.</summary>
    public Claim? Claim { get; set; }

    /// <summary>Counts the devices of this name.</summary>
    public int Generation { get; private set; } = 1;

    public DeviceKeys Keys { get; }

    /// <summary>The run of the gateway in which somebody last began to change a key of it, and has not heard what became of that.</summary>
    public int? ChangesKeyIn { get; set; }

    /// <summary>The run of the gateway in which somebody last began to move it, and has not heard what became of that.</summary>
    public int? MovesIn { get; set; }

    /// <summary>The zone in which it is created.</summary>
    public string Zone { get; }

    /// <summary>Somebody is removing it.</summary>
    public bool IsBeingRemoved { get; set; }

    /// <summary>It is known to be in the registry.</summary>
    public bool Exists { get; set; }

    /// <summary>What its MQTT clients remember of their sessions.</summary>
    public Dictionary<string, MqttSessionState> MqttSessions { get; } = [];

    /// <summary>The newest connection of each of its MQTT clients.</summary>
    public Dictionary<string, MqttDevicePeer> MqttClients { get; } = [];

    /// <summary>The connections it knows of.</summary>
    public IEnumerable<IDevicePeer> Peers => _peers;

    /// <summary>A connection on which it can send.</summary>
    public IDevicePeer? Ready => _peers.Find(static p => p.IsReady);

    /// <summary>It is another device from now on, with other keys.</summary>
    /// <returns>What the one before proved to be itself by.</returns>
    public IReadOnlyList<DeviceKey> BeReborn()
    {
        Generation++;
        ChangesKeyIn = MovesIn = null;
        Claim = null;
        _question = null;
        MqttSessions.Clear();
        MqttClients.Clear();
        (DeviceKey primary, DeviceKey? secondary) = World.Enrolments.FirstKeys(this);
        return Keys.Replace(primary, secondary);
    }

    /// <summary>Makes one more connection, by a protocol of its choice.</summary>
    public void Connect()
    {
        bool isAmqp = _dice.Chance(World.AmqpPerMille);
        if (Present() is not Login login || World.Dial(Id, isAmqp, login.Certificate) is not Wire wire)
            return;
        World.Timeline.Note($"{wire.Name} presents {login.Key.Name} {login.Claim}");
        IDevicePeer peer = isAmqp
            ? new AmqpDevicePeer(World.Life, wire, this, login, _dice.Split())
            : new MqttDevicePeer(World.Life, wire, this, login, _dice.Split());
        _peers.Add(peer);
    }

    /// <summary>
    /// Asks the gateway for another key in the slot that it does not use, or to have that slot emptied. Who heard nothing of the last time
    /// asks once more, under the same id.
    /// </summary>
    public void Rotate()
    {
        if (Ready is not { } peer || peer.Hold.Generation != Generation || Keys.SlotOf(peer.Hold.Key) is not CredentialSlot own)
            return;
        CredentialSlot other = own == CredentialSlot.Primary ? CredentialSlot.Secondary : CredentialSlot.Primary;
        if (_question is { Change: KeyChange change } last && change.Slot == other && Keys.IsOpen(change))
        {
            Ask(last.Id, Keys.Again(change, World.Ends));
            return;
        }

        DeviceKey? next = Keys[other] is null || _dice.Chance(600)
            ? Keys.Of(SymmetricKey.FromBytes(_dice.Bytes(SymmetricKey.LengthBytes)))
            : null;
        string id = World.Services.NewId("q");
        ExpectAnswer(id);
        Ask(id, Keys.Begin(other, next, World.Ends));
    }

    /// <summary>Sends something, if it is connected.</summary>
    public void Publish(Publication publication)
    {
        if (Ready is not { } peer)
            return;
        publication.Connection = peer.Wire.Name;
        publication.Place = ++_published;
        World.Timeline.Note($"{peer.Wire.Name} sends {publication.Kind} {publication.Id}");
        World.Publications.Add(publication);
        peer.Publish(publication);
    }

    /// <summary>The gateway let a connection in.</summary>
    public void LetIn(IDevicePeer peer, Mark at)
    {
        World.Timeline.Note($"{peer.Wire.Name} is let in");
        World.Ledger.LetIn(peer.Hold, at);
        if (Enrols is null || peer.Hold.Generation != Generation)
            return;
        Exists = true;
    }

    /// <summary>Of an answer: its id, when it is the gateway's own; null for one of a service, whose body says it.</summary>
    /// <param name="inquiry">The id of the question; null when it is no answer.</param>
    /// <param name="isEmpty">Whether it says nothing: so the gateway ends a question whose handler accepted it without an answer.</param>
    public string? IdOf(string? inquiry, bool isEmpty)
    {
        if (inquiry is null || World.Publications.Find(p => p.Id == inquiry && p.Device == Id) is not { } asked)
            return null;
        if (asked.Change is not null)
            return inquiry;
        if (!isEmpty)
            return null;
        if (World.Ledger.Find(inquiry) is null)
            ExpectAnswer(inquiry);
        return inquiry;
    }

    /// <summary>The gateway said what it made of something.</summary>
    public void Answered(IDevicePeer peer, Mark at, Publication publication, bool isTaken, bool isRefused)
    {
        if (isTaken)
            World.Ledger.Heard(peer.Hold, at);
        World.Timeline.Note($"{publication.Id} is {(isTaken ? "taken" : isRefused ? "refused" : "given back")}");
        publication.IsAcknowledged |= isTaken;
        publication.IsRefused |= isRefused;
        if (publication.Change is KeyChange change && peer.Hold.Generation == Generation)
            Changed(publication, change);
    }

    /// <summary>A message is there; what to do with it is told after a while.</summary>
    public void Consider(IDevicePeer peer, Message message, Action<Verdict> settle)
    {
        Verdict verdict = World.IsHealed ? Verdict.Accept : (Verdict)_dice.Weighted(_manners);
        World.Timeline.After(_dice.Between(0, World.IsHealed ? 5 : _thinkMs), World.Life, () =>
        {
            if (peer.IsGone)
                return;
            World.Timeline.Note($"{peer.Wire.Name} will {verdict} {message.Id}");
            message.AcceptSent |= verdict is Verdict.Accept or Verdict.Renew;
            message.RejectSent |= verdict == Verdict.Reject;
            settle(verdict);
        });
    }

    /// <summary>A connection is over.</summary>
    public void Lost(IDevicePeer peer)
    {
        World.Timeline.Note($"{peer.Wire.Name} is over");
        _peers.Remove(peer);
        if (World.IsHealed || _dice.Chance(500))
            World.Timeline.After(_dice.Between(10, 3_000), World.Life, ConnectUnlessConnected);
    }

    /// <summary>Forgets connections that may be dead and makes a new one.</summary>
    public void StartAfresh()
    {
        foreach (IDevicePeer peer in _peers.ToArray())
            peer.Leave();
        ConnectUnlessConnected();
    }

    // A claim counts for nobody but the device that it made, and for that one as often as it likes.
    private Login? Present()
    {
        if (Keys.Any() is not DeviceKey key)
            return null;
        if (Claim is not Claim claim || !_dice.Chance(Exists ? 300 : 800))
            return new Login(key);
        return new Login(key) { Password = claim.PasswordWith(key), Claim = claim.Name };
    }

    private void ExpectAnswer(string id) => World.Ledger.Enter(new Message
    {
        Id = id,
        Device = Id,
        FirstGeneration = Generation,
        LastGeneration = Generation,
        ExpiresAtMs = long.MaxValue,
        IsAnswer = true,
        MayBeRemoved = IsBeingRemoved,
        AcceptSent = IsCareless,
    });

    private void Ask(string id, KeyChange change)
    {
        _question = new Publication
        {
            Id = id,
            Device = Id,
            Kind = PublicationKind.Inquiry,
            Subject = change.Next is null ? GatewaySubjects.Retire : GatewaySubjects.Key,
            Body = change.Next is { } next ? Encoding.ASCII.GetBytes(next.Password) : [],
            Change = change,
            Qos = _dice.Pick([MqttQos.AtLeastOnce, MqttQos.ExactlyOnce]),
        };
        Publish(_question);
    }

    // What was refused may have been done all the same: when there was no room for the answer any more.
    private void Changed(Publication question, KeyChange change)
    {
        if (!question.IsAcknowledged)
        {
            Keys.Leave(change);
        }
        else
        {
            World.Ledger.Find(question.Id)!.IsAcknowledged = true;
            foreach (DeviceKey old in Keys.Confirm(change))
                World.Ledger.Retired(old.Name);
        }

        if (_question == question && (question.IsAcknowledged || question.IsRefused))
            _question = null;
    }

    private void ConnectUnlessConnected()
    {
        if (_peers.Count == 0)
            Connect();
        else if (World.IsHealed)
            return;
        if (_peers.Count == 0 && World.IsHealed)
            World.Timeline.After(1_000, World.Life, ConnectUnlessConnected);
    }
}
