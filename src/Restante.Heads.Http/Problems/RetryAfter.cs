using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Restante.Heads.Http.Problems;

/// <summary>
/// Says when to come back: when the refusal says, or else after <see cref="HttpHeadOptions.RetryAfterSeconds"/>, and by chance up to
/// <see cref="HttpHeadOptions.RetryAfterSpreadSeconds"/> more, so that those who were refused together do not return together.
/// </summary>
public static class RetryAfter
{
    /// <summary>Adds the header to a response that has not begun. [RFC 9110, 10.2.3]</summary>
    /// <param name="context">The request; its services hold the options of the interface.</param>
    /// <param name="afterMs">When it may be tried again, in milliseconds, if that is known; it stands in place of the least then.</param>
    public static void Write(HttpContext context, long? afterMs = null)
    {
        HttpHeadOptions options = context.RequestServices.GetRequiredService<HttpHeadOptions>();
#pragma warning disable CA5394 // It spreads load; who guesses it gains nothing.
        long least = afterMs is long ms ? (ms + 999) / 1_000 : options.RetryAfterSeconds;
        long seconds = least + Random.Shared.Next(options.RetryAfterSpreadSeconds + 1);
#pragma warning restore CA5394
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
    }
}
