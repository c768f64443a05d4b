using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restante.Heads.Http.Problems;

namespace Restante.Heads.Http.Requests;

/// <summary>The version of a device as an entity tag.</summary>
internal static class EntityTag
{
    // Stands for a tag that no version has: the condition cannot hold.
    private const long NoVersion = -1;

    public static void Write(HttpResponse response, long version) =>
        response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");

    /// <summary>True when the request is made under a condition.</summary>
    public static bool IsConditional(HttpRequest request) => request.Headers.IfMatch.Count > 0;

    /// <summary>The version that the request insists on; null for any.</summary>
    public static long? ReadIfMatch(HttpRequest request)
    {
        StringValues header = request.Headers.IfMatch;
        if (header.Count == 0)
            return null;
        string text = header.ToString().Trim();
        if (text == "*")
            return null;
        if (text.Contains(',', StringComparison.Ordinal))
            throw new MalformedRequestException("If-Match must hold one entity tag or *.");
        return text.Length > 2 && text[0] == '"' && text[^1] == '"'
            && long.TryParse(text.AsSpan(1, text.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out long version)
            ? version
            : NoVersion;
    }
}
