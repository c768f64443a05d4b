namespace Restante.Heads.Amqp.Requests;

/// <summary>A node that answers requests. Every request is answered; what cannot be done is an answer too.</summary>
internal interface IRequestHandler
{
    /// <summary>Does what the request says.</summary>
    ValueTask<Answer> HandleAsync(Request request);
}
