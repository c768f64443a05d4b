using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>What a certificate of its maker's choice can cost the gateway.</summary>
public sealed class CertificateBoundsTests : CertificateTest
{
    private const string TooLarge = "The key of the certificate is too large.";
    private const string NotTrusted = "No registered authority has signed the certificate.";

    // 2^3071 + 1: what a signature costs with it is a hundred times the usual.
    private static readonly byte[] s_slowExponent = [0x80, .. new byte[382], 1];

    [Fact]
    public void Few_of_many_names_are_looked_at()
    {
        byte[] leaf = Named(1_250);
        Assert.InRange(leaf.Length, 7_000, PeerCertificate.MaxBytes);
        byte[] few = Named(CertificateNames.MaxLookedAt);
        CertificateFacts facts = CertificateFacts.Read(leaf);
        Assert.Equal(["truck"], facts.Names);
        Assert.Equal(["truck"], CertificateFacts.Read(Named(CertificateNames.MaxLookedAt, last: "other")).Names);
        Assert.Equal(["truck", "other"], CertificateFacts.Read(Named(CertificateNames.MaxLookedAt - 1, last: "other")).Names);

        // What is left is the copies that the platform makes.
        Assert.InRange(Allocated(() => CertificateFacts.Read(leaf)) - Allocated(() => CertificateFacts.Read(few)), -1_024, 40_000);
    }

    [Fact]
    public async Task A_certificate_that_is_too_large_is_not_read()
    {
        byte[] leaf = Named(10_000);
        await DeviceAsync("truck", CertificateThumbprint.Of(leaf));
        Assert.InRange(Allocated(() => CertificateFacts.Read(leaf)), 0, 1_024);
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf));
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf, "truck"));
    }

    [Fact]
    public async Task A_connection_has_its_certificate_read_once()
    {
        await Test.DisposeAsync();
        Test = new TestGateway(limits: new GatewayLimits { MaxAuthenticationFailuresPerMinute = 1 });
        PeerCertificate peer = TestAuthority.Peer(Named(700));
        AuthenticationAttempt attempt = AuthenticationAttempt.By(null, peer, Connection);
        for (int i = 0; i < 3; i++)
            await Gateway.Authenticator.AuthenticateAsync(attempt with { Findings = null });
        long allocated = Allocated(() => Refused(
            RefusalKind.Throttled, Gateway.Authenticator.AuthenticateAsync(attempt with { Findings = null }).AsTask().Result));
        Assert.InRange(allocated, 0, peer.Leaf.Length);
    }

    [Theory]
    [InlineData(65, 2_048, false)]
    [InlineData(64, 2_048, true)]
    [InlineData(17, 8_192, true)]
    [InlineData(17, 8_200, false)]
    public async Task A_key_that_is_dear_to_check_with_is_refused_unchecked(int exponentBits, int modulusBits, bool taken)
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        byte[] leaf = Maker.SignKey("truck", RsaKey(Number(exponentBits), modulusBits));
        await DeviceAsync("pinned", CertificateThumbprint.Of(leaf));
        if (taken)
        {
            Ok(await TryAsync(leaf, "truck"));
            Ok(await TryAsync(leaf, "pinned"));
        }
        else
        {
            Assert.Equal(TooLarge, await CauseAsync("truck", leaf, "truck"));
            Assert.Equal(TooLarge, await CauseAsync("pinned", leaf, "pinned"));
        }
    }

    [Fact]
    public async Task An_issuer_with_such_a_key_is_passed_over()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        byte[] slow = Maker.SignKey("slow", RsaKey(s_slowExponent, 3_072));
        Assert.Equal(NotTrusted, await CauseAsync("truck", TestAuthority.SelfSigned("truck"), null, slow));
        Ok(await TryAsync(Maker.Sign("truck"), null, slow));
    }

    [Fact]
    public async Task The_name_of_an_authority_alone_has_no_chain_built()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        using var forger = new TestAuthority("Maker CA");
        using X509Certificate2 forged = X509CertificateLoader.LoadCertificate(forger.Sign("truck"));
        using X509Certificate2 signed = X509CertificateLoader.LoadCertificate(Maker.Sign("truck"));
        var trust = new TrustedAuthorities([new TrustedAuthority(Assert.Single(Ok(await Gateway.Authorities.ListAsync())))]);
        Assert.False(trust.HaveIssued(forged));
        Assert.True(trust.HaveIssued(signed));
        Assert.Equal(NotTrusted, await CauseAsync("truck", forged.RawData));
    }

    [Fact]
    public void Keys_on_curves_of_their_makers_own_and_of_DSA_are_beyond_the_bounds()
    {
        using ECDsa named = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using ECDsa own = ECDsa.Create(named.ExportExplicitParameters(true));
        using X509Certificate2 explicitly = X509CertificateLoader.LoadCertificate(
            Maker.SignKey("truck", PublicKey.CreateFromSubjectPublicKeyInfo(own.ExportSubjectPublicKeyInfo(), out _)));
        Assert.False(PublicKeyBounds.Hold(explicitly));
        var dsa = new PublicKey(new Oid("1.2.840.10040.4.1"), new AsnEncodedData([5, 0]), new AsnEncodedData([2, 1, 3]));
        using X509Certificate2 ofDsa = X509CertificateLoader.LoadCertificate(Maker.SignKey("truck", dsa));
        Assert.False(PublicKeyBounds.Hold(ofDsa));
        using X509Certificate2 usual = X509CertificateLoader.LoadCertificate(Maker.Sign("truck"));
        Assert.True(PublicKeyBounds.Hold(usual));
    }

    // Only its form matters: nothing is signed with it.
    private static PublicKey RsaKey(byte[] exponent, int modulusBits)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Number(modulusBits));
            writer.WriteIntegerUnsigned(exponent);
        }

        return new PublicKey(new Oid("1.2.840.113549.1.1.1"), new AsnEncodedData([5, 0]), new AsnEncodedData(writer.Encode()));
    }

    private static byte[] Number(int bits)
    {
        byte[] number = new byte[(bits + 7) / 8];
        number[0] = (byte)(1 << ((bits - 1) % 8));
        number[^1] |= 1;
        return number;
    }

    /// <summary>A certificate for "truck" with so many alternative names of another kind than devices have, and one more.</summary>
    private static byte[] Named(int count, string? last = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=truck", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        for (int i = 0; i < count; i++)
            names.AddIpAddress(new IPAddress([10, 0, 0, 1]));
        if (last is not null)
            names.AddDnsName(last);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 own = request.CreateSelfSigned(TestAuthority.Start.AddDays(-1), TestAuthority.Start.AddDays(30));
        return own.RawData;
    }

    private static long Allocated(Action act)
    {
        act(); // What is made once is made now.
        long before = GC.GetAllocatedBytesForCurrentThread();
        act();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
