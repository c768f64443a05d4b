using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Restante.Heads.Http.Problems;

/// <summary>
/// Says when to come back: <see cref="HttpHeadOptions.RetryAfterSeconds"/>, and by chance up to
/// <see cref="HttpHeadOptions.RetryAfterSpreadSeconds"/> more, so that those who were refused together do not return together.
/// </summary>
public static class RetryAfter
{
    /// <summary>Adds the header to a response that has not begun. [RFC 9110, 10.2.3]</summary>
    /// <param name="context">The request; its services hold the options of the interface.</param>
    public static void Write(HttpContext context)
    {
        HttpHeadOptions options = context.RequestServices.GetRequiredService<HttpHeadOptions>();
#pragma warning disable CA5394 // It spreads load; who guesses it gains nothing.
        int seconds = options.RetryAfterSeconds + Random.Shared.Next(options.RetryAfterSpreadSeconds + 1);
#pragma warning restore CA5394
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
    }
}
