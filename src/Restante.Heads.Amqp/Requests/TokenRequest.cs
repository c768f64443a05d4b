using System.Text;
using Restante.Core.Access;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Requests;

/// <summary>
/// A request to <c>$cbs</c>: the properties <c>operation</c> (<c>put-token</c>), <c>type</c> and <c>name</c>, which is what the token shall
/// be used for; the body is the token.
/// </summary>
internal static class TokenRequest
{
    /// <summary>The type of a token, by its own name.</summary>
    public const string Type = "restante:sastoken";

    /// <summary>The type of a token, as clients of a widespread service call it.</summary>
    public const string UsualType = "servicebus.windows.net:sastoken";

    /// <summary>The token of a request. Refusals: malformed, unauthorized (it is not for what the request names).</summary>
    public static Result<string> Read(Request request)
    {
        if (request.Text("operation") != "put-token")
            return new Refusal(RefusalKind.Malformed, "The property 'operation' must be put-token.");
        if (request.Text("type") is not (Type or UsualType))
            return new Refusal(RefusalKind.Malformed, $"The property 'type' must be {Type} or {UsualType}.");
        string token = request.Value as string ?? Encoding.UTF8.GetString(request.Utf8.Span);
        return Covers(token, request.Text("name")) ? token : Refusal.NotAuthenticated;
    }

    // What is no token is found out by the authenticator, in its own time.
    private static bool Covers(string token, string? name)
    {
        if (string.IsNullOrEmpty(name) || SharedAccessSignature.TryParse(token) is not SharedAccessSignature read)
            return true;
        string? held = TokenScope.Of(read.Resource), wanted = TokenScope.Of(Uri.UnescapeDataString(name));
        return held is null || (wanted is not null && TokenScope.Covers(held, wanted));
    }
}
