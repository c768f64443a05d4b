using Microsoft.AspNetCore.Http;
using Restante.Core.Access;

namespace Restante.Heads.Http.Admission;

/// <summary>The certificate that a client presented when its connection was made; a feature of the connection. Not judged.</summary>
/// <param name="Certificate">The certificate.</param>
public sealed record CallerCertificate(PeerCertificate Certificate)
{
    /// <summary>The certificate that counts for a request; null for none, and for what pages of other origins ask.</summary>
    public static PeerCertificate? Of(HttpContext context) =>
        context.Features.Get<CallerCertificate>() is CallerCertificate caller && !AskingPage.IsForeign(context.Request)
            ? caller.Certificate
            : null;
}
