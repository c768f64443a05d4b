using Microsoft.AspNetCore.Http;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;

namespace Restante.Heads.Http.Endpoints;

/// <summary>
/// Stands around what services read and import: a request waits for a turn of its policy, and has it until its answer is over. Event
/// streams have a bound of their own, and long polls take a turn whenever they look.
/// </summary>
internal sealed class TurnFilter(ReadingTurns turns, EndpointCard card) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        return !card.Waits(http.Request) && await new ReadingTurn(turns, http).TakeAsync(http.RequestAborted) is Refusal refusal
            ? Answers.Refused(refusal)
            : await next(context);
    }
}
