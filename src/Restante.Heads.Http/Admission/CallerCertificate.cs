using Microsoft.AspNetCore.Http;
using Restante.Core.Access;

namespace Restante.Heads.Http.Admission;

/// <summary>The certificate that a client presented when its connection was made; a feature of the connection. Not judged.</summary>
/// <param name="Certificate">The certificate.</param>
public sealed record CallerCertificate(PeerCertificate Certificate)
{
    /// <summary>
    /// The certificate that counts for a request; null for none. A browser shows its user's certificate whichever page makes it ask, so it
    /// does not count for what pages of other origins ask.
    /// </summary>
    public static PeerCertificate? Of(HttpContext context)
    {
        if (context.Features.Get<CallerCertificate>() is not CallerCertificate caller)
            return null;
        // Where a page only embeds what it asks for, an image for example, there is no Origin. [Fetch Metadata 2.3]
        string origin = context.Request.Headers.Origin.ToString();
        string site = context.Request.Headers["Sec-Fetch-Site"].ToString();
        bool isOwn = (origin.Length == 0 || string.Equals(origin, $"https://{context.Request.Host}", StringComparison.OrdinalIgnoreCase))
            && (site is "" or "same-origin" or "none");
        return isOwn ? caller.Certificate : null;
    }
}
