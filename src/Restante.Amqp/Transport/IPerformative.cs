using Restante.Amqp.Types;

namespace Restante.Amqp.Transport;

/// <summary>The body of a frame that we send.</summary>
internal interface IPerformative
{
    void Encode(ref AmqpWriter writer);
}
