using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Restante.Core.Access;
using Restante.Core.Audit;
using Restante.Core.Quotas;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Heads.Http.Admission;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Endpoints;

/// <summary>
/// Stands around the handler of every endpoint: an act is not begun while the audit log cannot be written, and is answered when its entry
/// is on disk. What is refused is noted too, but for acts that are too many.
/// </summary>
internal sealed class AuditFilter(AuditLog audit, ActBudget acts, EndpointCard card) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        if (!card.Audit.Applies(http.Request) || (card.IsOwnMail is not null && await card.IsOwnMail(http)))
        {
            object? ordinary = await next(context);
            if (ordinary is ProblemResult { Refusal: RefusalKind kind } && IsIsolation(kind))
                audit.Refused(Entry(http) with { Refusal = kind });
            return ordinary;
        }

        if (await audit.AdmitAsync() is Refusal closed)
            return Answers.Refused(closed);
        if (acts.Take(Caller.Service(http)) is Refusal spent)
            return Answers.Refused(spent);
        if (card.Audit.IsAtBeginning && await audit.RecordAsync(Entry(http) with { Detail = "begun" }) is Refusal unbegun)
            return Answers.Refused(unbegun);
        object? result;
        try
        {
            result = await next(context);
        }
        catch (MalformedRequestException e)
        {
            audit.Refused(Entry(http) with { Refusal = e.Refusal.Kind });
            throw;
        }
        catch (Exception e) when (e is not (BadHttpRequestException or OperationCanceledException or IOException))
        {
            await audit.RecordAsync(Entry(http) with { Detail = "failed; perhaps it was done" });
            throw;
        }
        catch (Exception) when (card.Audit.IsAtBeginning)
        {
            await audit.RecordAsync(Entry(http) with { Detail = "broken off: " + AuditNotes.DetailOf(http) });
            throw;
        }

        if (result is ProblemResult { Refusal: RefusalKind refused })
        {
            await audit.NotDoneAsync(Entry(http) with { Refusal = refused }, isChange: !HttpMethods.IsGet(card.Method));
            return result;
        }

        if (!card.Audit.IsAtEnd)
            return result;
        return await audit.RecordAsync(Entry(http)) is Refusal unrecorded ? Answers.Refused(unrecorded) : result;
    }

    /// <summary>A refusal at the gate, before there is a handler. What is refused for now only is none of rights.</summary>
    public static void NoteRefused(AuditLog audit, HttpContext context, Principal principal, string act, RefusalKind kind)
    {
        if (kind is RefusalKind.Unavailable or RefusalKind.Throttled)
            return;
        audit.Refused(new AuditEntry
        {
            Act = act,
            By = AuditActor.Of(principal, ConnectionOf(context)),
            Target = TargetOf(context),
            Refusal = kind,
        });
    }

    // A device reaches for what is not its own, a service for what its policy does not reach.
    private bool IsIsolation(RefusalKind kind) =>
        card.NeedsCaller && (kind == RefusalKind.Forbidden || (card.IsForDevices && kind == RefusalKind.NotFound));

    /// <summary>An act on one of many things that a request is about.</summary>
    /// <param name="context">The request.</param>
    /// <param name="act">The id of the operation.</param>
    /// <param name="target">The thing, as a path without <c>/v1/</c>.</param>
    /// <param name="detail">What was done to it.</param>
    public static AuditEntry Of(HttpContext context, string act, string target, string detail) => new()
    {
        Act = act,
        By = AuditActor.Of(Caller.Of(context), ConnectionOf(context)),
        Target = target,
        Detail = detail,
    };

    private AuditEntry Entry(HttpContext context) => new()
    {
        Act = card.Name,
        By = AuditActor.Of(Caller.Of(context), ConnectionOf(context)),
        Target = TargetOf(context),
        Detail = AuditNotes.DetailOf(context),
    };

    private static ConnectionName ConnectionOf(HttpContext context) => new("https", 0, Credentials.SourceOf(context));

    // The path as far as it names something; what was created says where it is.
    private static string TargetOf(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if ((context.GetEndpoint() as RouteEndpoint)?.RoutePattern is { } pattern && pattern.Parameters.Count > 0)
            path = string.Join('/', path.Split('/').Take(1 + LastParameter(pattern)));
        else if (context.Response.Headers.Location is [{ } made])
            path = Uri.UnescapeDataString(made);
        return AdmissionGate.AddressOf(path);
    }

    private static int LastParameter(Microsoft.AspNetCore.Routing.Patterns.RoutePattern pattern)
    {
        for (int i = pattern.PathSegments.Count - 1; i >= 0; i--)
        {
            if (pattern.PathSegments[i].Parts.Any(static p => p.IsParameter))
                return i + 1;
        }

        return pattern.PathSegments.Count;
    }
}
