using Microsoft.AspNetCore.Http;
using Restante.Core.Access;

namespace Restante.Heads.Http.Admission;

/// <summary>Who makes a request, once admitted.</summary>
internal static class Caller
{
    private static readonly object s_key = new();

    /// <summary>Whoever it is.</summary>
    public static Principal Of(HttpContext context) =>
        (Principal?)context.Items[s_key] ?? throw new InvalidOperationException("The request was not admitted.");

    /// <summary>The service, at an endpoint of services.</summary>
    public static ServicePrincipal Service(HttpContext context) => (ServicePrincipal)Of(context);

    /// <summary>The device, at an endpoint of devices; the one that is acted for, if a gateway calls.</summary>
    public static DevicePrincipal Device(HttpContext context) => (DevicePrincipal)Of(context);

    public static void Set(HttpContext context, Principal principal) => context.Items[s_key] = principal;
}
