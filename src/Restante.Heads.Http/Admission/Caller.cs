using Microsoft.AspNetCore.Http;
using Restante.Core.Access;

namespace Restante.Heads.Http.Admission;

/// <summary>Who makes a request, once admitted.</summary>
internal static class Caller
{
    private static readonly object s_key = new();

    public static ServicePrincipal Of(HttpContext context) =>
        (ServicePrincipal?)context.Items[s_key] ?? throw new InvalidOperationException("The request was not admitted.");

    public static void Set(HttpContext context, ServicePrincipal principal) => context.Items[s_key] = principal;
}
