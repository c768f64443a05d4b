using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Sasl;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Peers;

/// <summary>Writes down what it is told and accepts everything, unless a test gives it something else to do.</summary>
internal sealed class RecordingHandler : IAmqpConnectionHandler
{
    internal List<string> Events { get; } = [];

    internal List<byte[]> Payloads { get; } = [];

    internal List<AmqpLink> Links { get; } = [];

    internal List<AmqpSession> Sessions { get; } = [];

    internal List<(DeliveryNumber Number, DeliveryContext Context, DeliveryState? State, bool Settled)> Dispositions { get; } = [];

    internal AmqpLink Link => Links[^1];

    internal uint InitialCredit { get; set; } = 100;

    internal bool AnswersLate { get; set; }

    internal Func<string, SaslCode>? Sasl { get; set; } = _ => SaslCode.Ok;

    internal Action<AmqpConnection, Open>? Opening { get; set; }

    internal Action<AmqpLink, Attach>? Attaching { get; set; }

    internal Action<AmqpLink, DeliveryNumber>? Delivered { get; set; }

    internal Action<AmqpLink>? Flowed { get; set; }

    internal Action<AmqpLink, DeliveryNumber, DeliveryState?, bool>? Disposed { get; set; }

    internal Attach? LastAttach { get; private set; }

    public void OnSaslInit(AmqpConnection connection, Symbol mechanism, ReadOnlySpan<byte> initialResponse, string? hostname)
    {
        Events.Add($"sasl {mechanism} {Convert.ToHexString(initialResponse)} {hostname}");
        if (Sasl is { } decide)
            connection.CompleteSasl(decide(mechanism.Value));
    }

    public void OnOpening(AmqpConnection connection, Open open)
    {
        Events.Add($"opening {open.ContainerId} {open.Hostname} {open.MaxFrameSize} {open.ChannelMax} {open.IdleTimeoutMs}");
        if (Opening is { } decide)
            decide(connection, open);
        else
            connection.AcceptOpen();
    }

    public void OnOpened(AmqpConnection connection, Open open) => Events.Add($"opened {open.ContainerId}");

    public void OnSessionBegun(AmqpSession session)
    {
        Sessions.Add(session);
        Events.Add($"begun {session.Channel}");
    }

    public void OnSessionEnded(AmqpSession session, AmqpError? error) => Events.Add($"ended {session.Channel} {error?.Condition}");

    public void OnLinkAttaching(AmqpLink link, Attach attach)
    {
        Links.Add(link);
        LastAttach = attach;
        Events.Add($"attaching {link.Name} {(link.IsSender ? "out" : "in")} {attach.Source?.Address}>{attach.Target?.Address}");
        if (Attaching is { } decide)
        {
            decide(link, attach);
        }
        else if (!AnswersLate)
        {
            link.Accept(new LinkAnswer { Source = attach.Source, Target = attach.Target });
            if (!link.IsSender && InitialCredit > 0)
                link.SetCredit(InitialCredit);
        }
    }

    public void OnLinkAttached(AmqpLink link, Attach attach)
    {
        LastAttach = attach;
        Events.Add($"attached {link.Name}");
    }

    public void OnLinkFlow(AmqpLink link)
    {
        Events.Add(string.Create(CultureInfo.InvariantCulture, $"flow {link.Name} credit={link.Credit} drain={link.IsDraining} can={link.CanSend}"));
        Flowed?.Invoke(link);
    }

    public void OnLinkDetached(AmqpLink link, AmqpError? error, bool byPeer) =>
        Events.Add($"detached {link.Name} {error?.Condition} {(byPeer ? "peer" : "us")}");

    public void OnDelivery(AmqpLink link, in IncomingDelivery delivery)
    {
        Payloads.Add(delivery.Payload.ToArray());
        Events.Add($"delivery {link.Name} {delivery.Number} tag={Convert.ToHexString(delivery.Tag)} settled={delivery.IsSettled} length={delivery.Payload.Length}");
        Delivered?.Invoke(link, delivery.Number);
    }

    public void OnDisposition(AmqpLink link, DeliveryNumber number, DeliveryContext context, DeliveryState? state, bool settled)
    {
        Dispositions.Add((number, context, state, settled));
        Events.Add($"disposition {link.Name} {number} {state?.GetType().Name} settled={settled}");
        Disposed?.Invoke(link, number, state, settled);
    }

    public void OnClosed(AmqpConnection connection, AmqpError? error, bool byPeer) =>
        Events.Add($"closed {error?.Condition} {(byPeer ? "peer" : "us")}");
}
