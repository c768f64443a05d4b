using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Restante.Heads.Http.Admission;

/// <summary>
/// Routing takes <c>/v1/telemetry/</c> and <c>/V1/Telemetry</c> for <c>/v1/telemetry</c>. Here an address is what it is written as, so that
/// there is one way to write it, for tokens that are narrow and for the audit log as well.
/// </summary>
internal static class ExactAddress
{
    /// <summary>Takes the endpoint away from a request whose path is written in another way: there is nothing at it.</summary>
    public static void Require(HttpContext context)
    {
        if (context.GetEndpoint() is RouteEndpoint { RoutePattern: { } pattern } && !IsOf(pattern, context.Request.Path.Value ?? ""))
            context.SetEndpoint(null);
    }

    private static bool IsOf(RoutePattern pattern, ReadOnlySpan<char> path)
    {
        foreach (RoutePatternPathSegment segment in pattern.PathSegments)
        {
            if (path.IsEmpty || path[0] != '/')
                return false;
            path = path[1..];
            int end = path.IndexOf('/');
            ReadOnlySpan<char> text = end < 0 ? path : path[..end];
            if (segment.Parts is [RoutePatternLiteralPart literal] && !text.SequenceEqual(literal.Content))
                return false;
            path = path[text.Length..];
        }

        return path.IsEmpty;
    }
}
