using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Heads.Http.Endpoints;
using Restante.Heads.Http.Problems;
using Restante.Heads.Http.Requests;
using Restante.Heads.Http.Sessions;

namespace Restante.Heads.Http.Admission;

/// <summary>
/// Lets a request through to an endpoint with an <see cref="Admittance"/> only when its caller is of the right side and has the right.
/// </summary>
internal sealed class AdmissionGate(Gateway gateway, DeviceSessions sessions)
{
    /// <summary>The header by which a field gateway says for which device it acts.</summary>
    public const string ActFor = "X-Restante-Device";

    private const string Version = "/v1/";

    /// <summary>A path as tokens name it: <c>devices/truck-17</c> for <c>/v1/devices/truck-17</c>.</summary>
    public static string AddressOf(string path) =>
        path.StartsWith(Version, StringComparison.Ordinal) ? path[Version.Length..] : path.TrimStart('/');

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Admittance>() is not null)
            ExactAddress.Require(context);
        if (context.GetEndpoint()?.Metadata.GetMetadata<Admittance>() is Admittance admittance)
        {
            if (await RefuseAsync(context, admittance) is ProblemResult problem)
            {
                await problem.ExecuteAsync(context);
                return;
            }

            // Only now: who is not admitted learns nothing of what an endpoint takes.
            QueryParameter.RefuseOthers(context.Request, admittance.Query);
        }

        await next(context);
    }

    private async ValueTask<ProblemResult?> RefuseAsync(HttpContext context, Admittance admittance)
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        Refusal refusal = Refusal.NotAuthenticated;
        foreach (AuthenticationAttempt attempt in Credentials.Read(context))
        {
            Result<Principal> result = await gateway.Authenticator.AuthenticateAsync(attempt);
            if (result.IsSuccess)
            {
                if (await AdmitAsync(context, result.Value, admittance) is not Refusal refused)
                    return null;
                AuditFilter.NoteRefused(gateway.Audit, context, result.Value, admittance.Name, refused.Kind);
                return RefusalMap.Of(refused);
            }

            refusal = result.Refusal;
            if (refusal.Kind != RefusalKind.Unauthorized)
                break;
        }

        return refusal.Kind == RefusalKind.Unauthorized ? RefusalMap.NotAuthenticated : RefusalMap.Of(refusal);
    }

    private async ValueTask<Refusal?> AdmitAsync(HttpContext context, Principal principal, Admittance admittance)
    {
        if (principal is DevicePrincipal device)
        {
            return admittance.Right is null
                ? await AdmitDeviceAsync(context, device)
                : new Refusal(
                    RefusalKind.Forbidden,
                    "This is for services. Devices have no rights here; what is theirs is at addresses without their name: /v1/mailbox.");
        }

        if (admittance.Right is not Rights right)
            return new Refusal(RefusalKind.Forbidden, "This is for devices. Services look after a device at /v1/devices/{id}.");
        if (((ServicePrincipal)principal).For(AddressOf(context.Request.Path.Value ?? "")) is not ServicePrincipal service)
            return new Refusal(RefusalKind.Forbidden, "The token is for another address.");
        if (!service.May(right))
            return Refusal.RightMissing(service.Name, right);
        if (admittance.NeedsNoScope && service.Scope is not null)
            return new Refusal(RefusalKind.Forbidden, $"The policy '{service.Name}' has a scope, and this is beyond any.");
        if (context.Request.Headers.ContainsKey(ActFor))
        {
            return new Refusal(
                RefusalKind.Forbidden, $"A policy acts for no device, only a field gateway does: leave out the header {ActFor}.");
        }

        Caller.Set(context, service, gateway);
        return null;
    }

    private async ValueTask<Refusal?> AdmitDeviceAsync(HttpContext context, DevicePrincipal device)
    {
        StringValues child = context.Request.Headers[ActFor];
        if (child.Count > 0)
        {
            Result<DevicePrincipal> acting = await gateway.Devices.ActForAsync(device, child.ToString());
            if (!acting.IsSuccess)
                return acting.Refusal;
            device = acting.Value;
        }

        sessions.Touch(device);
        Caller.Set(context, device, gateway);
        return null;
    }
}
