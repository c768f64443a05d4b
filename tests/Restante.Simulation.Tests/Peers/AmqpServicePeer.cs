using System.Text;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;
using Restante.Core.Devices;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;
using Restante.Simulation.Tests.Worlds;

namespace Restante.Simulation.Tests.Peers;

/// <summary>A service that sends commands on an AMQP connection, and reads telemetry as a member of a group.</summary>
internal sealed class AmqpServicePeer : Peer, IAmqpConnectionHandler
{
    private const uint Credit = 20;

    private readonly Services _services;
    private readonly Dice _dice;
    private readonly int _releasePerMille;
    private readonly AmqpConnection _amqp;
    private readonly Queue<Message> _waiting = new();
    private AmqpSession? _session;
    private AmqpLink? _link;
    private AmqpLink? _readings;
    private int _tags;

    public AmqpServicePeer(Life world, Wire wire, Services services, Dice dice, SymmetricKey key)
        : base(world, wire)
    {
        _services = services;
        _dice = dice;
        _releasePerMille = dice.Pick([0, 300]);
        var settings = new AmqpSettings
        {
            ContainerId = Services.Policy,
            SaslClient = SaslClientResponse.Plain("policy/" + Services.Policy, key.Reveal()),
            IdleTimeoutMs = 60_000,
            MaxFrameSize = (uint)dice.Pick([512, 64 * 1024]),
        };
        _amqp = new AmqpConnection(settings, AmqpRole.Client, this, this);
        Do(() => _amqp.Start(NowMs));
    }

    protected override int BytesNeeded => _amqp.MinimumBytesNeeded;

    protected override bool WantsBytes => !_amqp.IsPaused;

    protected override bool IsOver => _amqp.IsClosed;

    public void Send(Message message) => Do(() =>
    {
        _waiting.Enqueue(message);
        SendWaiting();
    });

    /// <summary>Sees to it that it reads: the group could not be joined while the store was away.</summary>
    public void Read() => Do(() =>
    {
        if (_session is { IsActive: true } && _readings is null)
            Attach();
    });

    void IAmqpConnectionHandler.OnOpened(AmqpConnection connection, Open open)
    {
        _session = connection.BeginSession()!;
        _link = _session.Attach(new LinkSettings
        {
            Name = "commands",
            IsSender = true,
            Source = new Source(),
            Target = new Target { Address = "devices" },
        });
        Attach();
    }

    void IAmqpConnectionHandler.OnLinkAttaching(AmqpLink link, Attach attach) => throw Ledger.Broken("The gateway attached a link.");

    void IAmqpConnectionHandler.OnLinkAttached(AmqpLink link, Attach attach)
    {
        if (!link.IsSender)
            link.SetCredit(Credit);
    }

    void IAmqpConnectionHandler.OnLinkFlow(AmqpLink link) => SendWaiting();

    void IAmqpConnectionHandler.OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer)
    {
        if (link == _link)
            _link = null;
        else
            _readings = null;
    }

    void IAmqpConnectionHandler.OnDelivery(AmqpLink link, in IncomingDelivery delivery)
    {
        bool isKept = _services.IsHealed || !_dice.Chance(_releasePerMille);
        if (isKept)
            _services.HasRead(Encoding.UTF8.GetString(AmqpMessage.Decode(delivery.Payload).Data.Span));
        link.Settle(delivery.Number, isKept ? Accepted.Instance : Released.Instance);
        link.SetCredit(Credit);
    }

    void IAmqpConnectionHandler.OnDisposition(
        AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (!settled)
            link.Settle(number, state);
        _services.Answered((Message)context.Reference!, state is Accepted, state is Rejected);
    }

    protected override int Receive(ReadOnlySpan<byte> bytes) => _amqp.Receive(bytes, NowMs);

    protected override void TimePassed(long nowMs) => _amqp.Tick(nowMs);

    protected override void Ended() => _amqp.TransportClosed();

    private void Attach() => _readings = _session!.Attach(new LinkSettings
    {
        Name = "readings",
        IsSender = false,
        Source = new Source { Address = "telemetry/" + Services.Group },
        Target = new Target(),
    });

    private void SendWaiting()
    {
        while (_link is { CanSend: true } link && _waiting.TryDequeue(out Message? message))
        {
            AmqpMessage sent = AmqpMessage.FromData(Encoding.UTF8.GetBytes(message.Id));
            sent.Properties = new MessageProperties
            {
                MessageId = message.Id,
                To = message.Device,
                AbsoluteExpiryTime = new AmqpTimestamp(message.ExpiresAtMs),
            };
            link.Send(BitConverter.GetBytes(++_tags), sent.Encode(), settled: false, new DeliveryContext(message, 0));
        }
    }
}
