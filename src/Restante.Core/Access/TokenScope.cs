using System.Buffers;

namespace Restante.Core.Access;

/// <summary>
/// What a service's token is narrowed to: the path of its resource. <c>gateway.example</c> is everything;
/// <c>gateway.example/devices/truck-17</c> is that address and those below it, on every protocol alike: AMQP addresses, and paths of the
/// REST interface without their <c>/v1/</c>.
/// </summary>
public static class TokenScope
{
    private static readonly SearchValues<string> s_schemeEnd = SearchValues.Create(["://"], StringComparison.Ordinal);

    // A resource may be written without the host. What begins with one of these is not taken for a host: a narrow token is never read as a
    // wide one.
    private static readonly HashSet<string> s_roots = new(StringComparer.OrdinalIgnoreCase)
    {
        "$cbs", "$management", "answers", "audit", "authorities", "certificates", "commands", "consumer-groups", "devices", "enrolled",
        "enrolments", "events", "groups", "health", "history", "inquiries", "issuers", "jobs", "mailbox", "messages", "metrics",
        "notifications", "openapi",
        "openapi.json", "outcomes", "partitions", "policies", "reports", "state", "telemetry", "v1",
    };

    /// <summary>True when a text names a gateway or a path; an empty one names neither, and is not read as everything.</summary>
    /// <param name="resource">The resource of a token, decoded.</param>
    public static bool IsResource(string resource)
    {
        int scheme = resource.AsSpan().IndexOfAny(s_schemeEnd);
        return resource.AsSpan(scheme < 0 ? 0 : scheme + 3).ContainsAnyExcept('/', '\\', ' ');
    }

    /// <summary>The path that a resource narrows to; null when it is the whole gateway.</summary>
    /// <param name="resource">The resource of a token, decoded.</param>
    public static string? Of(string resource)
    {
        int scheme = resource.AsSpan().IndexOfAny(s_schemeEnd);
        // A backslash is no separator of a URI; whoever writes one means a path and not a host.
        string rest = (scheme < 0 ? resource : resource[(scheme + 3)..]).Replace('\\', '/').TrimEnd('/');
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string first = slash < 0 ? rest : rest[..slash];
        if (scheme < 0 && (slash == 0 || s_roots.Contains(first)))
            return rest.TrimStart('/');
        return slash < 0 ? null : rest[(slash + 1)..];
    }

    /// <summary>True when an address is at or below the path.</summary>
    public static bool Covers(string? scope, string address) => scope is null
        || (address.StartsWith(scope, StringComparison.Ordinal) && (address.Length == scope.Length || address[scope.Length] == '/'));
}
