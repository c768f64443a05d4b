using Microsoft.AspNetCore.Http;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Admission;

/// <summary>Lets a request through to an endpoint with a <see cref="RequiredRight"/> only when its caller has that right.</summary>
internal sealed class AdmissionGate(Authenticator authenticator)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredRight>() is RequiredRight required
            && await RefuseAsync(context, required.Right) is ProblemResult problem)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    private async ValueTask<ProblemResult?> RefuseAsync(HttpContext context, Rights right)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        Refusal refusal = Refusal.NotAuthenticated;
        foreach (AuthenticationAttempt attempt in Credentials.Read(context))
        {
            Result<Principal> result = await authenticator.AuthenticateAsync(attempt);
            if (result.IsSuccess)
                return Admit(context, result.Value, right);
            refusal = result.Refusal;
            if (refusal.Kind != RefusalKind.Unauthorized)
                break;
        }

        return refusal.Kind == RefusalKind.Unauthorized ? RefusalMap.NotAuthenticated : RefusalMap.Of(refusal);
    }

    private static ProblemResult? Admit(HttpContext context, Principal principal, Rights right)
    {
        if (principal is not ServicePrincipal service)
            return RefusalMap.Of(new Refusal(RefusalKind.Forbidden, "Devices have no rights on the interface of services."));
        if (!service.May(right))
        {
            string needed = string.Join(", ", RightNames.Of(right));
            return RefusalMap.Of(new Refusal(RefusalKind.Forbidden, $"The policy '{service.Name}' lacks the right '{needed}'."));
        }

        Caller.Set(context, service);
        return null;
    }
}
