using Microsoft.AspNetCore.Http;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Heads.Http.Admission;

/// <summary>Who makes a request, once admitted.</summary>
internal static class Caller
{
    private static readonly object s_key = new();

    /// <summary>Whoever it is.</summary>
    public static Principal Of(HttpContext context) =>
        (context.Items[s_key] as Admitted)?.Principal ?? throw new InvalidOperationException("The request was not admitted.");

    /// <summary>The service, at an endpoint of services.</summary>
    public static ServicePrincipal Service(HttpContext context) => (ServicePrincipal)Of(context);

    /// <summary>The device, at an endpoint of devices; the one that is acted for, if a gateway calls.</summary>
    public static DevicePrincipal Device(HttpContext context) => (DevicePrincipal)Of(context);

    public static void Set(HttpContext context, Principal principal, Gateway gateway) =>
        context.Items[s_key] = new Admitted(principal, gateway);

    /// <summary>
    /// Looks whether the credentials still hold, after something that takes the caller's time, such as a body: a request is not carried out
    /// by what was revoked while it came. Null when they do, and for a request that needs none.
    /// </summary>
    public static async ValueTask<Refusal?> RecheckAsync(HttpContext context)
    {
        if (context.Items[s_key] is not Admitted(Principal principal, Gateway gateway))
            return null;
        return principal.ExpiresAtMs <= gateway.Time.GetUtcNow().ToUnixTimeMilliseconds()
            ? Refusal.NotAuthenticated
            : await gateway.Devices.RecheckAsync(principal);
    }

    private sealed record Admitted(Principal Principal, Gateway Gateway);
}
