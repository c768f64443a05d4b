using Microsoft.AspNetCore.Http;

namespace Restante.Heads.Http.Admission;

/// <summary>
/// Which page has a browser ask. What a browser adds by itself, its user's certificate or a password that it remembers, it adds whichever
/// page makes it ask, so it does not count for what pages of other origins ask.
/// </summary>
internal static class AskingPage
{
    /// <summary>True when a page of another origin asks. Clients that are no browsers say nothing of pages.</summary>
    public static bool IsForeign(HttpRequest request)
    {
        // Where a page only embeds what it asks for, an image for example, there is no Origin. [Fetch Metadata 2.3]
        string origin = request.Headers.Origin.ToString();
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        bool isOwn = (origin.Length == 0 || string.Equals(origin, $"https://{request.Host}", StringComparison.OrdinalIgnoreCase))
            && (site is "" or "same-origin" or "none");
        return !isOwn;
    }
}
