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

/// <summary>The service with a scope on an AMQP connection: it receives all that there is for it, and sends commands.</summary>
internal sealed class ScopedServicePeer : Peer, IAmqpConnectionHandler
{
    private const uint Credit = 50;

    private static readonly Symbol s_device = "x-opt-restante-device";
    private static readonly string[] s_feeds =
    [
        "outcomes/" + ScopedService.Policy, "reports/" + ScopedService.Policy, "events", "telemetry", "telemetry/" + ScopedService.Policy,
        "inquiries/" + Services.Subject,
    ];

    private readonly ScopedService _service;
    private readonly AmqpConnection _amqp;
    private readonly Queue<Message> _waiting = new();
    private readonly Dictionary<string, long> _sentMs = [];
    private readonly int _releasePerMille;
    private readonly Dice _dice;
    private AmqpLink? _commands;
    private int _tags;

    public ScopedServicePeer(Life world, Wire wire, ScopedService service, Dice dice, SymmetricKey key)
        : base(world, wire)
    {
        _service = service;
        _dice = dice;
        _releasePerMille = dice.Pick([0, 500]);
        var settings = new AmqpSettings
        {
            ContainerId = ScopedService.Policy,
            SaslClient = SaslClientResponse.Plain("policy/" + ScopedService.Policy, key.Reveal()),
            IdleTimeoutMs = 60_000,
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

    void IAmqpConnectionHandler.OnOpened(AmqpConnection connection, Open open)
    {
        AmqpSession session = connection.BeginSession()!;
        _commands = session.Attach(new LinkSettings
        {
            Name = "commands",
            IsSender = true,
            Source = new Source(),
            Target = new Target { Address = "devices" },
        });
        foreach (string feed in s_feeds)
        {
            var source = new Source { Address = feed };
            session.Attach(new LinkSettings { Name = feed, IsSender = false, Source = source, Target = new Target() });
        }
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
        if (link == _commands)
            _commands = null;
    }

    void IAmqpConnectionHandler.OnDelivery(AmqpLink link, in IncomingDelivery delivery)
    {
        AmqpMessage message = AmqpMessage.Decode(delivery.Payload);
        string device = message.MessageAnnotations?[s_device] as string ?? message.ApplicationProperties?["device"] as string
            ?? throw Ledger.Broken($"'{link.Name}' names no device.");
        _service.Told(this, Said, link.Name, device, message.Properties?.CorrelationId as string);
        if (!delivery.IsSettled)
            link.Settle(delivery.Number, _dice.Chance(_releasePerMille) ? Released.Instance : Accepted.Instance);
        link.SetCredit(Credit);
    }

    void IAmqpConnectionHandler.OnDisposition(
        AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        if (!settled)
            link.Settle(number, state);
        var message = (Message)context.Reference!;
        _service.Answered(message, _sentMs[message.Id], Said, state is Accepted, state is Rejected);
    }

    protected override int Receive(ReadOnlySpan<byte> bytes) => _amqp.Receive(bytes, NowMs);

    protected override void TimePassed(long nowMs) => _amqp.Tick(nowMs);

    protected override void Ended() => _amqp.TransportClosed();

    private void SendWaiting()
    {
        while (_commands is { CanSend: true } link && _waiting.TryDequeue(out Message? message))
        {
            AmqpMessage sent = AmqpMessage.FromData(Encoding.UTF8.GetBytes(message.Id));
            sent.Properties = new MessageProperties
            {
                MessageId = message.Id,
                To = message.Device,
                AbsoluteExpiryTime = new AmqpTimestamp(message.ExpiresAtMs),
            };
            _sentMs[message.Id] = NowMs;
            link.Send(BitConverter.GetBytes(++_tags), sent.Encode(), settled: false, new DeliveryContext(message, 0));
        }
    }
}
