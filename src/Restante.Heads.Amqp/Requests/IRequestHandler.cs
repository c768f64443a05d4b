using Restante.Core.Limits;

namespace Restante.Heads.Amqp.Requests;

/// <summary>A node that answers requests. Every request is answered; what cannot be done is an answer too.</summary>
internal interface IRequestHandler
{
    /// <summary>The most bytes that the answer to a request can have, as far as that can be told before.</summary>
    int MostBytes(Request request, GatewayLimits limits);

    /// <summary>Does what the request says.</summary>
    ValueTask<Answer> HandleAsync(Request request);
}
