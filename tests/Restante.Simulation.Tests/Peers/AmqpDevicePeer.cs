using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Mailboxes;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A device on an AMQP connection.</summary>
internal sealed class AmqpDevicePeer : Peer, IAmqpConnectionHandler, IDevicePeer
{
    private static readonly Symbol s_sequence = "x-opt-sequence-number";

    private readonly Device _device;
    private readonly AmqpConnection _amqp;
    private readonly uint _credit;
    private readonly bool _isSecond;
    private readonly Dictionary<string, AmqpLink> _senders = [];
    private readonly Dictionary<DeliveryNumber, Message> _answering = [];
    private readonly Queue<Publication> _waiting = new();
    private AmqpSession? _session;
    private AmqpLink? _mailbox;
    private int _unsettled;
    private int _tags;

    public AmqpDevicePeer(Life world, Wire wire, Device device, Login login, Dice dice)
        : base(world, wire)
    {
        _device = device;
        _credit = (uint)dice.Between(1, 12);
        _isSecond = dice.Chance(500);
        Hold = new Hold(wire.Name, device.Id, device.Generation, login.Key.Name, order: true) { Claim = login.Claim };
        var settings = new AmqpSettings
        {
            ContainerId = device.Id,
            SaslClient = login.Password.Length == 0 ? SaslClientResponse.External : SaslClientResponse.Plain(device.Id, login.Password),
            IdleTimeoutMs = 60_000,
            MaxFrameSize = (uint)dice.Pick([512, 4 * 1024, 64 * 1024]),
            IncomingWindow = (uint)dice.Pick([2, 20, 2_048]),
        };
        _amqp = new AmqpConnection(settings, AmqpRole.Client, this, this);
        Do(() => _amqp.Start(NowMs));
    }

    public Hold Hold { get; }

    public bool IsReady => !IsGone && _session is { IsActive: true } && !_amqp.IsClosed;

    protected override int BytesNeeded => _amqp.MinimumBytesNeeded;

    protected override bool WantsBytes => !_amqp.IsPaused;

    protected override bool IsOver => _amqp.IsClosed;

    public void Publish(Publication publication) => Do(() =>
    {
        _waiting.Enqueue(publication);
        string address = AddressOf(publication);
        if (!_senders.ContainsKey(address) && Attach(address, isSender: true) is AmqpLink link)
            _senders.Add(address, link);
        SendWaiting();
    });

    public void Goodbye() => Do(() => _amqp.Close());

    void IAmqpConnectionHandler.OnOpened(AmqpConnection connection, Open open)
    {
        _session = connection.BeginSession();
        _mailbox = Attach("mailbox", isSender: false);
    }

    // Who is refused is answered with open as well, and close right after it.
    void IAmqpConnectionHandler.OnSessionBegun(AmqpSession session) => _device.LetIn(this, Said);

    void IAmqpConnectionHandler.OnLinkAttaching(AmqpLink link, Attach attach) => throw Ledger.Broken("The gateway attached a link.");

    void IAmqpConnectionHandler.OnLinkAttached(AmqpLink link, Attach attach)
    {
        if (link == _mailbox)
            link.SetCredit(_credit);
        else
            SendWaiting();
    }

    void IAmqpConnectionHandler.OnLinkFlow(AmqpLink link)
    {
        if (link.IsSender)
            SendWaiting();
    }

    void IAmqpConnectionHandler.OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer)
    {
        if (link == _mailbox)
            _mailbox = null;
        else
            _senders.Remove(link.Name);
    }

    void IAmqpConnectionHandler.OnDelivery(AmqpLink link, in IncomingDelivery delivery)
    {
        AmqpMessage message = AmqpMessage.Decode(delivery.Payload);
        long sequence = (long)message.MessageAnnotations![s_sequence]!;
        string id = _device.IdOf(message.Properties?.CorrelationId as string, message.Data.IsEmpty) ?? Encoding.UTF8.GetString(message.Data.Span);
        Message known = _device.World.Ledger.Delivered(Hold, id, sequence, Said);
        _unsettled++;
        if (_unsettled > _credit)
            _device.World.Ledger.Fail($"{Wire.Name} gave credit for {_credit} messages and was handed {_unsettled}. [bounded]");
        DeliveryNumber number = delivery.Number;
        _device.Consider(this, known, verdict => Settle(number, known, verdict));
    }

    void IAmqpConnectionHandler.OnDisposition(
        AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (context.Reference is Publication publication)
        {
            if (!settled)
                link.Settle(number, state);
            _device.Answered(this, Said, publication, state is Accepted, state is Rejected);
        }
        else if (settled && _answering.Remove(number, out Message? message))
        {
            if (state is Accepted)
                _device.World.Ledger.Settled(Hold, message, SettleVerb.Accept, Said);
            else if (state is Rejected)
                _device.World.Ledger.Settled(Hold, message, SettleVerb.Reject, Said);
            Replenish();
        }
    }

    protected override int Receive(ReadOnlySpan<byte> bytes) => _amqp.Receive(bytes, NowMs);

    protected override void TimePassed(long nowMs) => _amqp.Tick(nowMs);

    protected override void Ended()
    {
        _amqp.TransportClosed();
        _device.Lost(this);
    }

    private void Settle(DeliveryNumber number, Message message, Verdict verdict)
    {
        if (_mailbox is not { IsAttached: true } link || IsGone)
            return;
        DeliveryState? state = verdict switch
        {
            Verdict.Accept or Verdict.Renew => Accepted.Instance,
            Verdict.Reject => new Rejected(new AmqpError("simulation:no", "The device does not want it.")),
            Verdict.Release => Released.Instance,
            _ => null,
        };
        if (state is null)
            return;
        Do(() =>
        {
            if (_isSecond)
            {
                _answering[number] = message;
                link.Disposition(number, number, state, settled: false);
                return;
            }

            link.Settle(number, state);
            Replenish();
        });
    }

    private void Replenish()
    {
        _unsettled--;
        if (_mailbox is { IsAttached: true } link)
            link.SetCredit((uint)Math.Max(0, (int)_credit - _unsettled));
    }

    private AmqpLink? Attach(string address, bool isSender) => _session?.Attach(new LinkSettings
    {
        Name = address,
        IsSender = isSender,
        Source = new Source { Address = isSender ? null : address },
        Target = new Target { Address = isSender ? address : null },
        ReceiverSettleMode = _isSecond && !isSender ? ReceiverSettleMode.Second : ReceiverSettleMode.First,
    });

    private static string AddressOf(Publication publication) => publication.Kind switch
    {
        PublicationKind.Telemetry => "telemetry",
        PublicationKind.Report => "reports",
        _ => "inquiries/" + publication.Subject,
    };

    private void SendWaiting()
    {
        while (_waiting.TryPeek(out Publication? next) && _senders.TryGetValue(AddressOf(next), out AmqpLink? link) && link.CanSend)
        {
            _waiting.Dequeue();
            AmqpMessage message = AmqpMessage.FromData(next.Body ?? Encoding.UTF8.GetBytes(next.Id));
            message.Properties = new MessageProperties { MessageId = next.Id, CorrelationId = next.Command };
            if (next.Kind == PublicationKind.Report)
                message.ApplicationProperties = new AmqpMap { { "number", next.Number } };
            link.Send(BitConverter.GetBytes(++_tags), message.Encode(), settled: false, new DeliveryContext(next, 0));
        }
    }
}
