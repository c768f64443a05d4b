using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Restante.Core.Access;
using Restante.Core.Enrolment;
using Restante.Core.Sessions;

namespace Restante.Heads.Http.Admission;

/// <summary>Reads the <c>Authorization</c> header; without one the certificate of the connection counts.</summary>
internal static class Credentials
{
    private const string Basic = "Basic ";
    private const int MaxLength = 4_096;

    /// <summary>
    /// What to try, in order; empty when there is nothing to try. A bare name with Basic may be a policy's or a device's, so both are
    /// tried. A token no browser adds by itself, so it counts whoever asks.
    /// </summary>
    public static IReadOnlyList<AuthenticationAttempt> Read(HttpContext context)
    {
        StringValues header = context.Request.Headers.Authorization;
        string? source = SourceOf(context);
        var connection = new ConnectionName("https", 0, source);
        PeerCertificate? certificate = CallerCertificate.Of(context);
        if (header.Count == 0 && certificate is not null)
            return [AuthenticationAttempt.By(null, certificate, connection)];
        if (header.Count != 1 || header[0] is not { Length: > 0 and <= MaxLength } text)
            return [];
        if (SharedAccessSignature.LooksLike(text))
            return [new AuthenticationAttempt(null, text, source) { Connection = connection }];
        if (AskingPage.IsForeign(context.Request) || !text.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            || Decode(text[Basic.Length..].Trim()) is not string pair)
        {
            return [];
        }

        int colon = FindColon(pair);
        if (colon <= 0)
            return [];
        string name = pair[..colon], password = pair[(colon + 1)..];
        return name.StartsWith(Authenticator.PolicyPrefix, StringComparison.Ordinal)
            ? [new AuthenticationAttempt(name, password, source) { Connection = connection }]
            : new AuthenticationAttempt(Authenticator.PolicyPrefix + name, password, source)
            {
                Connection = connection,
                Beside = certificate,
            }.FollowedBy(name);
    }

    /// <summary>The address that the request comes from; null when there is none.</summary>
    public static string? SourceOf(HttpContext context)
    {
        System.Net.IPAddress? address = context.Connection.RemoteIpAddress;
        return (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString();
    }

    // A device id may hold colons, neither keys nor tokens do: the last one divides, or that before a claim.
    private static int FindColon(string pair) => ClaimPassword.FindAtEnd(pair) is int claim and > 0 ? claim - 1 : pair.LastIndexOf(':');

    private static string? Decode(string base64)
    {
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }
}
