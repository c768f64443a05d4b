using Microsoft.AspNetCore.Http;
using Restante.Core.Access;
using Restante.Heads.Http.Admission;

namespace Restante.Heads.Http.Tests;

/// <summary>What a browser does with its user's certificate for pages of others.</summary>
public sealed class CallerCertificateTests
{
    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "none", true)]
    [InlineData("", "same-origin", true)]
    [InlineData("", "same-site", false)]
    [InlineData("", "cross-site", false)]
    [InlineData("https://gateway.example:8443", "", true)]
    [InlineData("https://GATEWAY.example:8443", "same-origin", true)]
    [InlineData("https://gateway.example:8443", "cross-site", false)]
    [InlineData("https://gateway.example", "", false)]
    [InlineData("http://gateway.example:8443", "", false)]
    [InlineData("null", "", false)]
    [InlineData("https://other.example", "same-origin", false)]
    public void It_counts_for_the_pages_of_this_origin_only(string origin, string site, bool counts)
    {
        var certificate = new PeerCertificate(new byte[1], []);
        var context = new DefaultHttpContext();
        context.Features.Set(new CallerCertificate(certificate));
        context.Request.Host = new HostString("gateway.example", 8443);
        if (origin.Length > 0)
            context.Request.Headers.Origin = origin;
        if (site.Length > 0)
            context.Request.Headers["Sec-Fetch-Site"] = site;
        Assert.Equal(counts ? certificate : null, CallerCertificate.Of(context));
    }
}
