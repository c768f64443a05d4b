using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Restante.Heads.Http.Admission;
using Restante.Contracts;
using Restante.Core.Audit;
using Restante.Core.Quotas;
using Restante.Heads.Http.Description;

namespace Restante.Heads.Http.Endpoints;

/// <summary>Maps endpoints by their cards.</summary>
internal sealed class EndpointMap(IEndpointRouteBuilder routes, AuditLog audit, ActBudget acts, ReadingTurns turns)
{
    /// <summary>Maps one endpoint.</summary>
    public void Add(EndpointCard card, Delegate handler)
    {
        RouteHandlerBuilder builder = routes.MapMethods(card.Pattern, [card.Method], handler)
            .WithName(card.Name)
            .WithSummary(card.Summary)
            .WithTags(card.Tag)
            .WithMetadata(card);
        Admit(builder, card);
        if (card.Method == HttpMethods.Get && card.AnswersHead)
            AddHead(card, handler);
        if (card.RefusesHead)
            RefuseHead(card);
        foreach ((int status, Type? body, _) in card.Answers)
        {
            builder.WithMetadata(body is null
                ? new ProducesResponseTypeMetadata(status, typeof(void))
                : new ProducesResponseTypeMetadata(status, body, [card.AnswerMedia]));
        }

        foreach (int status in ProblemAnswers.Of(card).Keys)
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemView), [ProblemView.MediaType]));
    }

    // What can be got can be asked for without its content; the host leaves that out. [RFC 9110, 9.3.2] The description need not say so.
    private void AddHead(EndpointCard card, Delegate handler)
    {
        RouteHandlerBuilder builder = routes.MapMethods(card.Pattern, [HttpMethods.Head], handler).ExcludeFromDescription();
        Admit(builder, card);
    }

    // [RFC 9110, 15.5.6]
    private void RefuseHead(EndpointCard card)
    {
        RequestDelegate refuse = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = HttpMethods.Get;
            return Task.CompletedTask;
        };
        routes.MapMethods(card.Pattern, [HttpMethods.Head], refuse).ExcludeFromDescription()
            .WithMetadata(new Admittance(card.Name, card.Right, card.Query, card.NeedsNoScope));
    }

    private void Admit(RouteHandlerBuilder builder, EndpointCard card)
    {
        if (!card.NeedsCaller)
            return;
        builder.WithMetadata(new Admittance(card.Name, card.Right, card.Query, card.NeedsNoScope));
        if (card.Right is not null && (card.Method == HttpMethods.Get || card.IsBulk))
            builder.AddEndpointFilter(new TurnFilter(turns, card));
        builder.AddEndpointFilter(new AuditFilter(audit, acts, card));
    }
}
