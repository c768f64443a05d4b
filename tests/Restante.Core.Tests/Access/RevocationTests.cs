using System.Security.Cryptography;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

public sealed class RevocationTests : CertificateTest
{
    private const string Revoked = "The certificate was revoked.";
    private const string OutOfDate = "The revocation list of the authority that signed the certificate is out of date.";

    [Fact]
    public async Task A_list_revokes_without_a_restart_and_ends_what_is_connected()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        await DeviceAsync("lamp");
        byte[] truck = Maker.Sign("truck"), lamp = Maker.Sign("lamp");
        Principal asTruck = Ok(await TryAsync(truck)), asLamp = Ok(await TryAsync(lamp));
        TestConnection ofTruck = Add(asTruck), ofLamp = Add(asLamp);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Assert.Empty(ofTruck.Ends);
        Maker.Revoke(truck);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Assert.Equal([EndReason.CredentialChanged], ofTruck.Ends);
        Assert.Empty(ofLamp.Ends);
        Assert.Equal(Revoked, await CauseAsync("truck", truck));
        Ok(await TryAsync(Maker.Sign("truck")));
        Ok(await TryAsync(lamp));
        Assert.Same(Refusal.NotAuthenticated, await Gateway.Devices.RecheckAsync(asTruck));
        Assert.Null(await Gateway.Devices.RecheckAsync(asLamp));
    }

    [Fact]
    public async Task A_certificate_known_by_its_thumbprint_is_revoked_by_the_authority_that_signed_it_and_needs_none()
    {
        await TrustAsync(Maker);
        byte[] truck = Maker.Sign("truck"), backend = Maker.Sign("backend");
        await DeviceAsync("truck", CertificateThumbprint.Of(truck));
        Ok(await Gateway.Policies.CreateAsync("backend", Rights.Send, CertificateThumbprint.Of(backend)));
        Principal asTruck = Ok(await TryAsync(truck)), asBackend = Ok(await TryAsync(backend, "policy/backend"));
        TestConnection ofTruck = Add(asTruck), ofBackend = Add(asBackend);
        Maker.Revoke(truck);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Assert.Equal([EndReason.CredentialChanged], ofTruck.Ends);
        Assert.Empty(ofBackend.Ends);
        Assert.Equal(Revoked, await CauseAsync("truck", truck));
        Assert.Same(Refusal.NotAuthenticated, await Gateway.Devices.RecheckAsync(asTruck));
        Assert.Null(await Gateway.Devices.RecheckAsync(asBackend));
        Maker.Revoke(backend);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Assert.Equal([EndReason.CredentialChanged], ofBackend.Ends);
        Assert.Same(Refusal.NotAuthenticated, (await TryAsync(backend, "policy/backend")).Refusal);
        Assert.Same(Refusal.NotAuthenticated, await Gateway.Devices.RecheckAsync(asBackend));

        // Without the authority nobody says that it was revoked.
        Ok(await Gateway.Authorities.RemoveAsync("maker"));
        TestConnection again = Add(Ok(await TryAsync(truck)));
        await TrustAsync(Maker);
        Ok(await Gateway.Authorities.RemoveAsync("maker"));
        Assert.Empty(again.Ends);
    }

    [Fact]
    public async Task A_removed_authority_counts_no_more_when_the_store_fails_just_after_and_connections_end_when_it_is_back()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        byte[] truck = Maker.Sign("truck");
        TestConnection connection = Add(Ok(await TryAsync(truck)));
        Test.Store.AuthorityHooks.BeforeList = static () => throw new StoreUnavailableException("not now");
        Refused(RefusalKind.Unavailable, await Gateway.Authorities.RemoveAsync("maker"));
        Assert.Equal(RefusalKind.Unavailable, (await TryAsync(truck)).Refusal!.Kind);
        Test.Store.AuthorityHooks.BeforeList = null;
        Assert.Same(Refusal.NotAuthenticated, (await TryAsync(truck)).Refusal);
        Assert.Empty(connection.Ends);
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal([EndReason.CredentialChanged], connection.Ends);
        Refused(RefusalKind.NotFound, await Gateway.Authorities.RemoveAsync("maker"));
    }

    [Fact]
    public async Task What_a_list_revokes_is_ended_when_the_store_is_back_that_failed_just_after()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        byte[] truck = Maker.Sign("truck");
        TestConnection connection = Add(Ok(await TryAsync(truck)));
        Maker.Revoke(truck);
        Test.Store.AuthorityHooks.BeforeList = static () => throw new StoreUnavailableException("not now");
        Refused(RefusalKind.Unavailable, await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Test.Store.AuthorityHooks.BeforeList = null;
        Assert.Equal(Revoked, await CauseAsync("truck", truck));
        Assert.Empty(connection.Ends);
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal([EndReason.CredentialChanged], connection.Ends);
    }

    [Fact]
    public async Task A_list_from_the_future_or_with_a_smaller_number_is_not_taken()
    {
        await TrustAsync(Maker);
        byte[] first = Maker.List(), second = Maker.List(TestAuthority.Start.AddMinutes(-60)), third = Maker.List();
        Refused(
            RefusalKind.Malformed, await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List(TestAuthority.Start.AddMinutes(61))));
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", first));
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", second));
        Refused(RefusalKind.Conflict, await Gateway.Authorities.SetRevocationListAsync("maker", first));
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", third));
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", third));
    }

    [Fact]
    public async Task The_list_of_an_intermediates_issuer_counts_too()
    {
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        using var factory = new TestAuthority("Factory", Maker);
        byte[] leaf = factory.Sign("truck");
        Ok(await TryAsync(leaf, null, factory.Certificate));
        Maker.Revoke(factory.Certificate);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Assert.Equal(Revoked, await CauseAsync("truck", leaf, null, factory.Certificate));
    }

    [Fact]
    public async Task An_authority_that_is_removed_takes_its_devices_along()
    {
        using var other = new TestAuthority("Other CA");
        await TrustAsync(Maker);
        await TrustAsync(other, "other");
        await DeviceAsync("truck");
        await DeviceAsync("lamp");
        Principal asTruck = Ok(await TryAsync(Maker.Sign("truck")));
        TestConnection ofTruck = Add(asTruck), ofLamp = Add(Ok(await TryAsync(other.Sign("lamp"))));
        Ok(await Gateway.Authorities.RemoveAsync("maker"));
        Assert.Equal([EndReason.CredentialChanged], ofTruck.Ends);
        Assert.Empty(ofLamp.Ends);
        Assert.Same(Refusal.NotAuthenticated, await Gateway.Devices.RecheckAsync(asTruck));
        Refused(RefusalKind.Unauthorized, await TryAsync(Maker.Sign("truck")));
        Refused(RefusalKind.NotFound, await Gateway.Authorities.RemoveAsync("maker"));
        await TrustAsync(Maker);
        Ok(await TryAsync(Maker.Sign("truck")));
    }

    [Fact]
    public async Task A_credential_that_is_removed_ends_the_connections_that_used_it()
    {
        byte[] leaf = TestAuthority.SelfSigned("truck");
        await TrustAsync(Maker);
        await DeviceAsync("truck", CertificateThumbprint.Of(leaf), AuthoritySigned.ByAny);
        TestConnection pinned = Add(Ok(await TryAsync(leaf))), signed = Add(Ok(await TryAsync(Maker.Sign("truck"))));
        Ok(await Gateway.Devices.SetCredentialAsync("truck", CredentialSlot.Primary, Credential.None));
        Assert.Equal([EndReason.CredentialChanged], pinned.Ends);
        Assert.Empty(signed.Ends);
        Ok(await Gateway.Devices.SetCredentialAsync("truck", CredentialSlot.Secondary, SymmetricKey.Generate()));
        Assert.Equal([EndReason.CredentialChanged], signed.Ends);
    }

    [Fact]
    public async Task A_gateway_that_acts_for_devices_takes_their_connections_along()
    {
        await TrustAsync(Maker);
        DeviceRecord gateway = await DeviceAsync("gateway");
        Ok(await Gateway.Devices.CreateAsync("child", gateway: gateway.Id));
        var principal = (DevicePrincipal)Ok(await TryAsync(Maker.Sign("gateway")));
        TestConnection acting = Add(Ok(await Gateway.Devices.ActForAsync(principal, "child")));
        Ok(await Gateway.Authorities.RemoveAsync("maker"));
        Assert.Equal([EndReason.CredentialChanged], acting.Ends);
    }

    [Theory]
    [InlineData(ExpiredListPolicy.Refuse)]
    [InlineData(ExpiredListPolicy.Accept)]
    public async Task A_list_that_is_out_of_date_does_what_is_said(ExpiredListPolicy policy)
    {
        await Test.DisposeAsync();
        Test = new TestGateway(access: new AccessOptions { ExpiredRevocationList = policy });
        await TrustAsync(Maker);
        await DeviceAsync("truck");
        await DeviceAsync("lamp");
        byte[] truck = Maker.Sign("truck"), lamp = Maker.Sign("lamp");
        Maker.Revoke(lamp);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List(next: TestAuthority.Start.AddHours(1))));
        Ok(await TryAsync(truck));
        Test.Time.Advance(3_600_000);
        if (policy == ExpiredListPolicy.Accept)
            Ok(await TryAsync(truck));
        else
            Assert.Equal(OutOfDate, await CauseAsync("truck", truck));
        Assert.Equal(Revoked, await CauseAsync("lamp", lamp));
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        Ok(await TryAsync(truck));
    }

    [Fact]
    public async Task Only_the_authoritys_own_newer_list_is_taken()
    {
        await TrustAsync(Maker);
        using var other = new TestAuthority("Other CA");
        using var forger = new TestAuthority("Maker CA");
        byte[] older = Maker.List(), newer = Maker.List();
        byte[] damaged = (byte[])newer.Clone();
        damaged[^3] ^= 1;
        Refused(RefusalKind.Malformed, await Gateway.Authorities.SetRevocationListAsync("maker", other.List()));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.SetRevocationListAsync("maker", forger.List()));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.SetRevocationListAsync("maker", damaged));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.SetRevocationListAsync("maker", Maker.Certificate));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.SetRevocationListAsync("maker", Array.Empty<byte>()));
        Refused(RefusalKind.TooLarge, await Gateway.Authorities.SetRevocationListAsync("maker", new byte[4 * 1024 * 1024 + 1]));
        Refused(RefusalKind.NotFound, await Gateway.Authorities.SetRevocationListAsync("other", newer));
        string pem = PemEncoding.WriteString("X509 CRL", newer);
        Assert.Equal(newer, Ok(await Gateway.Authorities.SetRevocationListAsync("maker", System.Text.Encoding.ASCII.GetBytes(pem))).RevocationList);
        Refused(RefusalKind.Conflict, await Gateway.Authorities.SetRevocationListAsync("maker", older));
    }

    [Fact]
    public async Task What_is_no_authority_is_not_registered()
    {
        Refused(RefusalKind.Malformed, await Gateway.Authorities.AddAsync("a", TestAuthority.SelfSigned("a")));
        using var expired = new TestAuthority("Old", notAfter: TestAuthority.Start);
        Refused(RefusalKind.Malformed, await Gateway.Authorities.AddAsync("a", expired.Certificate));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.AddAsync("a", "nothing"u8.ToArray()));
        Refused(RefusalKind.Malformed, await Gateway.Authorities.AddAsync("no name", Maker.Certificate));
        string pem = PemEncoding.WriteString("CERTIFICATE", Maker.Certificate);
        Assert.Equal(Maker.Certificate, Ok(await Gateway.Authorities.AddAsync("a", System.Text.Encoding.ASCII.GetBytes(pem))).Certificate);
        using var other = new TestAuthority("Other");
        Refused(RefusalKind.Conflict, await Gateway.Authorities.AddAsync("a", other.Certificate));
        Refused(RefusalKind.Conflict, await Gateway.Authorities.AddAsync("b", Maker.Certificate));
    }

    [Fact]
    public async Task Authorities_are_bounded_in_number()
    {
        await Test.DisposeAsync();
        Test = new TestGateway(access: new AccessOptions { MaxAuthorities = 1 });
        Ok(await Gateway.Authorities.AddAsync("a", Maker.Certificate));
        using var other = new TestAuthority("Other");
        Refused(RefusalKind.LimitReached, await Gateway.Authorities.AddAsync("b", other.Certificate));
    }

    private TestConnection Add(Principal principal)
    {
        var connection = new TestConnection();
        Gateway.Connections.Add(principal, connection, Connection);
        return connection;
    }
}
