using System.Globalization;
using Microsoft.AspNetCore.Http;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Waiting;

namespace Restante.Heads.Http.Endpoints;

/// <summary>
/// Stands around what services read and import: a request waits for a turn of its policy, and has it until its answer is over. Long polls
/// and event streams have a bound of their own.
/// </summary>
internal sealed class TurnFilter(ReadingTurns turns, HttpHeadOptions options) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        if (http.Request.Query.ContainsKey("wait") || EventStream.IsWanted(http.Request))
            return await next(context);
        ServicePrincipal by = Caller.Service(http);
        bool waited = !turns.TryTake(by);
        if (waited && !await turns.TakeAsync(by, http.RequestAborted))
            return Answers.Refused(Spent(by));
        http.Response.OnCompleted(() => Give(by));
        return waited && await Caller.RecheckAsync(http) is Refusal lost ? Answers.Refused(lost) : await next(context);
    }

    private Task Give(ServicePrincipal by)
    {
        turns.Give(by);
        return Task.CompletedTask;
    }

    private Refusal Spent(ServicePrincipal by)
    {
        string most = options.MaxReadingsPerPolicy.ToString(CultureInfo.InvariantCulture);
        string seconds = options.ReadingWaitSeconds.ToString(CultureInfo.InvariantCulture);
        return new Refusal(
            RefusalKind.Throttled,
            $"The policy '{by.Name}' has {most} readings and imports under way, as many as it may; no turn came within {seconds} s.");
    }
}
