using Restante.Amqp.Messaging;
using Restante.Amqp.Transport;
using Restante.Amqp.Types;

namespace Restante.Heads.Amqp.Tests.Peers;

/// <summary>The link was granted.</summary>
internal sealed record Attached(Attach Attach);

/// <summary>The link is over.</summary>
internal sealed record Detached(string? Condition, string? Text, bool ByPeer);

/// <summary>A message came.</summary>
internal sealed record Mail(DeliveryNumber Number, string Tag, bool Settled, AmqpMessage Message, int Bytes)
{
    public string Body => Message.Value as string ?? System.Text.Encoding.UTF8.GetString(Message.Data.Span);

    public string Lease => (string)Annotation("x-opt-restante-lease")!;

    public object? Annotation(string name) => Message.MessageAnnotations?[new Symbol(name)];

    public object? Property(string name) => Message.ApplicationProperties?[name];
}

/// <summary>The gateway said something of a delivery.</summary>
internal sealed record Disposed(DeliveryNumber Number, DeliveryState? State, bool Settled);

/// <summary>A flow came on the link.</summary>
internal sealed record Flowed(uint Credit, bool Draining);

/// <summary>The AMQP connection is closed.</summary>
internal sealed record Goodbye(string? Condition, string? Text, bool ByPeer);
