using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

public sealed class CertificateTests : CertificateTest
{
    private const string NotTrusted = "No registered authority has signed the certificate.";

    [Theory]
    [InlineData(null)]
    [InlineData("truck")]
    public async Task A_device_is_known_by_the_thumbprint_of_its_own_certificate(string? name)
    {
        byte[] first = TestAuthority.SelfSigned("truck"), second = TestAuthority.SelfSigned("truck");
        DeviceRecord device = await DeviceAsync("truck", CertificateThumbprint.Of(first), CertificateThumbprint.Of(second));
        foreach ((byte[] leaf, CredentialSlot slot) in new[] { (first, CredentialSlot.Primary), (second, CredentialSlot.Secondary) })
        {
            var principal = Assert.IsType<DevicePrincipal>(Ok(await TryAsync(leaf, name)));
            Assert.Equal((device.Number, slot), (principal.Number, principal.Slot));
            Assert.Equal(TestAuthority.Start.AddDays(30).ToUnixTimeMilliseconds(), principal.ExpiresAtMs);
            Assert.Equal(slot == CredentialSlot.Primary ? "primary certificate" : "secondary certificate", principal.Authentication);
        }

        Assert.Equal("Wrong credentials.", await CauseAsync("truck", TestAuthority.SelfSigned("truck"), name));
    }

    [Fact]
    public async Task A_pinned_certificate_needs_no_name_when_the_peer_says_who_it_is()
    {
        byte[] leaf = TestAuthority.SelfSigned("Example Truck 17");
        await DeviceAsync("truck", CertificateThumbprint.Of(leaf));
        Ok(await TryAsync(leaf, "truck"));
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf));
    }

    [Fact]
    public async Task A_certificate_is_taken_within_its_validity_only()
    {
        byte[] leaf = TestAuthority.SelfSigned("truck", notBefore: TestAuthority.Start.AddHours(1), notAfter: TestAuthority.Start.AddHours(2));
        await DeviceAsync("truck", CertificateThumbprint.Of(leaf));
        Assert.Equal("The certificate is not valid now.", await CauseAsync("truck", leaf));
        Test.Time.Advance(3_600_000);
        Ok(await TryAsync(leaf));
        Test.Time.Advance(3_600_000);
        Ok(await TryAsync(leaf));
        Test.Time.Advance(1);
        Assert.Equal("The certificate is not valid now.", await CauseAsync("truck", leaf));
    }

    [Fact]
    public async Task Clocks_may_be_off_as_far_as_is_said()
    {
        await Test.DisposeAsync();
        Test = new TestGateway(access: new AccessOptions { ClockSkewMs = 60_000 });
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        byte[] leaf = Maker.Sign("truck", notBefore: TestAuthority.Start.AddSeconds(61), notAfter: TestAuthority.Start.AddSeconds(120));
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf));
        Test.Time.Advance(1_000);
        Principal principal = Ok(await TryAsync(leaf));
        Assert.Equal(TestAuthority.Start.AddSeconds(180).ToUnixTimeMilliseconds(), principal.ExpiresAtMs);
        Test.Time.Advance(178_000);
        Ok(await TryAsync(leaf));
        Test.Time.Advance(2_000);
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf));
    }

    [Theory]
    [InlineData(TestAuthority.ForServers, X509KeyUsageFlags.DigitalSignature, false)]
    [InlineData(TestAuthority.ForClients, X509KeyUsageFlags.KeyEncipherment, false)]
    [InlineData("2.5.29.37.0", X509KeyUsageFlags.DigitalSignature, true)]
    [InlineData(null, null, true)]
    public async Task A_certificate_is_for_tls_clients(string? usage, X509KeyUsageFlags? keyUsage, bool taken)
    {
        await TrustAsync(Maker);
        byte[] leaf = Maker.Sign("truck", usage: usage, keyUsage: keyUsage);
        await DeviceAsync("truck");
        await DeviceAsync("pinned", CertificateThumbprint.Of(leaf));
        if (taken)
        {
            Ok(await TryAsync(leaf, "truck"));
            Ok(await TryAsync(leaf, "pinned"));
            return;
        }

        Assert.Equal("The certificate is not for TLS clients.", await CauseAsync("truck", leaf, "truck"));
        Assert.Equal("The certificate is not for TLS clients.", await CauseAsync("pinned", leaf, "pinned"));
    }

    [Theory]
    [InlineData("truck", null, null)]
    [InlineData(null, "truck", null)]
    [InlineData("Example Truck", "truck", null)]
    [InlineData("other", "truck", null)]
    [InlineData(null, null, "urn:example:truck")]
    [InlineData(null, null, "https://maker.example/devices/truck")]
    public async Task An_authority_signs_for_the_device_that_its_certificate_names(string? commonName, string? dns, string? uri)
    {
        await TrustAsync(Maker);
        DeviceRecord device = await DeviceAsync("truck");
        byte[] leaf = Maker.Sign(commonName, dns, uri);
        foreach (string? name in new[] { null, "truck" })
        {
            var principal = Assert.IsType<DevicePrincipal>(Ok(await TryAsync(leaf, name)));
            Assert.Equal((device.Number, "certificate signed by authority maker"), (principal.Number, principal.Authentication));
        }
    }

    [Fact]
    public async Task A_certificate_that_fits_several_is_taken_with_the_name_of_one_only()
    {
        await TrustAsync(Maker);
        byte[] leaf = Maker.Sign("Model-X", "truck");
        DeviceRecord truck = await DeviceAsync("truck");
        Assert.Equal(truck.Number, ((DevicePrincipal)Ok(await TryAsync(leaf))).Number);
        DeviceRecord model = await DeviceAsync("Model-X", CertificateThumbprint.Of(leaf));
        const string Several = "The certificate fits several devices or policies, and no user name said which it is.";
        Assert.Equal(Several, await CauseAsync("truck", leaf));
        Assert.Equal(Several, await CauseAsync("Model-X", leaf));
        Assert.Equal(truck.Number, ((DevicePrincipal)Ok(await TryAsync(leaf, "truck"))).Number);
        Assert.Equal(model.Number, ((DevicePrincipal)Ok(await TryAsync(leaf, "Model-X"))).Number);
        Ok(await Gateway.Devices.RemoveAsync("Model-X"));
        Assert.Equal(truck.Number, ((DevicePrincipal)Ok(await TryAsync(leaf))).Number);

        Ok(await Gateway.Policies.CreateAsync("Model-X", Rights.Send, CertificateThumbprint.Of(leaf)));
        Assert.Equal(Several, await CauseAsync("truck", leaf));
        Assert.IsType<ServicePrincipal>(Ok(await TryAsync(leaf, "policy/Model-X")));
    }

    [Fact]
    public async Task A_certificate_is_of_no_use_for_another_device()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        await DeviceAsync("lamp", Credential.None);
        Assert.Equal("Wrong credentials.", await CauseAsync("truck", Maker.Sign("lamp"), "truck"));
        Assert.Equal("Wrong credentials.", await CauseAsync("lamp", Maker.Sign("lamp")));
        Refused(RefusalKind.Unauthorized, await TryAsync(Maker.Sign(null)));
        Refused(RefusalKind.Unauthorized, await TryAsync([1, 2, 3], "truck"));
    }

    [Fact]
    public async Task An_authority_is_trusted_once_it_has_proved_to_have_its_key()
    {
        AuthorityRecord record = Ok(await Gateway.Authorities.AddAsync("maker", Maker.Certificate));
        await DeviceAsync("truck");
        byte[] leaf = Maker.Sign("truck");
        Assert.Equal(NotTrusted, await CauseAsync("truck", leaf));
        using var other = new TestAuthority("Maker CA");
        Refused(RefusalKind.Malformed, await Gateway.Authorities.VerifyAsync("maker", other.Sign(record.VerificationCode)));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.VerifyAsync("maker", Maker.Sign("truck")));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.VerifyAsync("maker", "nothing"u8.ToArray()));
        Assert.Equal(NotTrusted, await CauseAsync("truck", leaf));
        Assert.True(Ok(await Gateway.Authorities.VerifyAsync("maker", Maker.Sign(record.VerificationCode))).IsVerified);
        Ok(await TryAsync(leaf));
        using Gateway later = Test.Reopen();
        Ok(await later.Authenticator.AuthenticateAsync(AuthenticationAttempt.By(null, TestAuthority.Peer(leaf), Connection)));
    }

    [Fact]
    public async Task A_forger_with_the_name_of_an_authority_is_not_trusted()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        using var forger = new TestAuthority("Maker CA");
        Assert.Equal(NotTrusted, await CauseAsync("truck", forger.Sign("truck")));
        Assert.Equal(NotTrusted, await CauseAsync("truck", forger.Sign("truck"), null, forger.Certificate));
        Assert.Equal(NotTrusted, await CauseAsync("truck", forger.Sign("truck"), null, Maker.Certificate));
        Assert.Equal(NotTrusted, await CauseAsync("truck", TestAuthority.SelfSigned("truck"), null, Maker.Certificate));
        byte[] damaged = Maker.Sign("truck");
        damaged[^5] ^= 1; // In the signature.
        Assert.Equal(NotTrusted, await CauseAsync("truck", damaged));
    }

    [Fact]
    public async Task Intermediates_come_with_the_peer()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        using var factory = new TestAuthority("Factory", Maker);
        byte[] leaf = factory.Sign("truck");
        Assert.Equal(NotTrusted, await CauseAsync("truck", leaf));
        Ok(await TryAsync(leaf, null, factory.Certificate));
        Ok(await TryAsync(leaf)); // As a resumed session brings it.
        using var forged = new TestAuthority("Factory");
        Assert.Equal(NotTrusted, await CauseAsync("truck", forged.Sign("truck"), null, factory.Certificate));
        using var noAuthority = new TestAuthority("Line", Maker, isAuthority: false);
        Assert.Equal(NotTrusted, await CauseAsync("truck", noAuthority.Sign("truck"), null, noAuthority.Certificate));
        using var expired = new TestAuthority("Old", Maker, notAfter: TestAuthority.Start.AddDays(-1));
        byte[] ofExpired = expired.Sign("truck", notAfter: TestAuthority.Start.AddDays(1));
        Assert.Equal("The certificate is not valid now.", await CauseAsync("truck", ofExpired, null, expired.Certificate));
    }

    [Fact]
    public async Task Of_intermediates_with_one_name_the_one_that_signed_is_remembered()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        TestAuthority[] factories = [.. Enumerable.Range(0, 12).Select(_ => new TestAuthority("Factory", Maker))];
        byte[][] leaves = [.. factories.Select(static f => f.Sign("truck"))];
        for (int i = 0; i < factories.Length; i++)
            Ok(await TryAsync(leaves[i], null, factories[i].Certificate));
        foreach (byte[] leaf in leaves)
            Ok(await TryAsync(leaf));
        Array.ForEach(factories, static f => f.Dispose());
    }

    [Fact]
    public void What_is_remembered_of_issuers_is_bounded()
    {
        var seen = new SeenIssuers();
        TestAuthority[] factories = [.. Enumerable.Range(0, SeenIssuers.Max + 2).Select(i => new TestAuthority($"F{i}", Maker))];
        foreach (TestAuthority factory in factories)
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(factory.Certificate);
            seen.Add(certificate);
            seen.Add(certificate);
        }

        Assert.Equal(SeenIssuers.Max, seen.Count);
        using X509Certificate2 ofFirst = X509CertificateLoader.LoadCertificate(factories[0].Sign("truck"));
        using X509Certificate2 ofLast = X509CertificateLoader.LoadCertificate(factories[^1].Sign("truck"));
        Assert.Empty(seen.Above(ofFirst));
        Assert.Equal(factories[^1].Certificate, Assert.Single(seen.Above(ofLast)).ToArray());
        Array.ForEach(factories, f => f.Dispose());
    }

    [Fact]
    public async Task An_intermediate_may_be_registered_without_its_root()
    {
        using var factory = new TestAuthority("Factory", Maker);
        using var other = new TestAuthority("Other factory", Maker);
        await TrustAsync(factory, "factory");
        await DeviceAsync("truck");
        Ok(await TryAsync(factory.Sign("truck")));
        Ok(await TryAsync(factory.Sign("truck"), null, factory.Certificate, Maker.Certificate));
        Assert.Equal(NotTrusted, await CauseAsync("truck", other.Sign("truck"), null, other.Certificate, Maker.Certificate));
        using var forged = new TestAuthority("Factory", Maker);
        Assert.Equal(NotTrusted, await CauseAsync("truck", forged.Sign("truck"), null, factory.Certificate, Maker.Certificate));
    }

    [Fact]
    public async Task A_device_may_be_of_one_authority_only()
    {
        using var other = new TestAuthority("Other CA");
        await TrustAsync(Maker);
        await TrustAsync(other, "other");
        await DeviceAsync("truck", new AuthoritySigned("maker"));
        Ok(await TryAsync(Maker.Sign("truck")));
        Assert.Equal(NotTrusted, await CauseAsync("truck", other.Sign("truck")));
    }

    [Fact]
    public async Task A_disabled_device_is_refused_whatever_it_shows()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        Ok(await Gateway.Devices.SetStatusAsync("truck", DeviceStatus.Disabled));
        Assert.Equal("The device is disabled.", await CauseAsync("truck", Maker.Sign("truck")));
    }

    [Theory]
    [InlineData("policy/backend")]
    [InlineData(null)]
    public async Task A_service_is_known_by_the_thumbprint_of_a_certificate(string? name)
    {
        byte[] leaf = TestAuthority.SelfSigned("backend");
        PolicyRecord policy = Ok(await Gateway.Policies.CreateAsync("backend", Rights.Send, CertificateThumbprint.Of(leaf)));
        Assert.Same(Credential.None, policy.Secondary);
        var principal = Assert.IsType<ServicePrincipal>(Ok(await TryAsync(leaf, name)));
        Assert.Equal(("backend", Rights.Send), (principal.Name, principal.Rights));
        Refused(RefusalKind.Unauthorized, await TryAsync(TestAuthority.SelfSigned("backend"), name));
        Refused(RefusalKind.Malformed, await Gateway.Policies.SetCredentialAsync("backend", CredentialSlot.Primary, AuthoritySigned.ByAny));
        Ok(await Gateway.Policies.SetCredentialAsync("backend", CredentialSlot.Primary, Credential.None));
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf, name));
    }
}
