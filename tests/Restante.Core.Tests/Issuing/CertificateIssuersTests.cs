using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Issuing;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Issuing;

public sealed class CertificateIssuersTests : IssuingTest
{
    private const long Day = 86_400_000;

    [Fact]
    public async Task A_device_asks_for_a_certificate_and_connects_with_it()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord device = await KeyedAsync("truck:17@depot");
        DevicePrincipal byKey = await ByKeyAsync(device);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        MessageContent answer = await AnswerAsync(byKey, "$certificate", Request("CN=lamp, OU=everybody", key));
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(TestGateway.Text(answer.Encode()));
        X509Certificate2 leaf = chain[0];

        // Whatever the request says, the certificate is this device's, for the key of the request, and good for nothing but to connect.
        Assert.Equal("truck:17@depot", leaf.GetNameInfo(X509NameType.SimpleName, false));
        Assert.Equal($"SERIALNUMBER={device.Number}, CN=truck:17@depot", leaf.Subject);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), leaf.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, leaf.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value));
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(TestAuthority.Start.AddDays(30), new DateTimeOffset(leaf.NotAfter));
        Assert.Equal(TestAuthority.Start.AddMinutes(-5), new DateTimeOffset(leaf.NotBefore));
        Assert.Equal("secondary", Property(answer, "slot"));
        Assert.Equal("2026-01-31T12:00:00Z", Property(answer, "until"));

        DevicePrincipal byCertificate = await ByCertificateAsync(leaf.RawData);
        Assert.Equal(("certificate signed by authority own", CredentialSlot.Secondary), (byCertificate.Authentication, byCertificate.Slot));
        Assert.Equal(TestAuthority.Start.AddDays(30).ToUnixTimeMilliseconds(), byCertificate.ExpiresAtMs);
        Assert.Equal(device.Primary, (await FoundAsync(byKey.Name)).Primary);

        IssuedCertificate record = Assert.Single(Ok(await Gateway.Issuers.ListIssuedAsync(Operator, byKey.Name, null, 10)).Items);
        Assert.Equal(
            (Property(answer, "serial"), "own", device.Number, Test.NowMs), (record.Serial, record.Issuer, record.Number, record.IssuedAtMs));
        Assert.Equal(record.Serial, leaf.SerialNumber);
        HistoryEntry noted = Ok(await Gateway.History.ReadAsync(byKey.Name, null, 9))[0].Entry;
        Assert.Equal(
            $"A certificate was issued, serial number {record.Serial}, valid until 2026-01-31T12:00:00Z.", HistoryWords.Of(noted));
        Assert.Contains((await Test.EventsAsync()), e => e.Contains("certificate-issued", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_certificate_is_renewed_in_place()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal byKey = await ByKeyAsync(await KeyedAsync("truck"));
        (byte[] first, _) = await CertificateAsync(byKey);
        DeviceRecord before = await FoundAsync("truck");
        DevicePrincipal byFirst = await ByCertificateAsync(first);
        TestConnection connected = Add(byFirst);
        Test.Time.Advance(10 * Day);
        (byte[] second, _) = await CertificateAsync(byFirst);
        Assert.Equal(before, await FoundAsync("truck"));
        Assert.Empty(connected.Ends);
        Assert.NotEqual(first, second);
        Test.Time.Advance((20 * Day) + 1);
        await Gateway.Maintenance.RunOnceAsync();
        Refused(RefusalKind.Unauthorized, await TryAsync(first));
        await ByCertificateAsync(second);
        (byte[] third, _) = await CertificateAsync(await ByKeyAsync(before)); // The slot that it opens is there already.
        Assert.Equal(before, await FoundAsync("truck"));
        await ByCertificateAsync(third);
    }

    [Fact]
    public async Task What_was_issued_to_a_removed_device_lets_no_later_one_in()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord device = await KeyedAsync("truck");
        (byte[] leaf, _) = await CertificateAsync(await ByKeyAsync(device));
        TestConnection connected = Add(await ByCertificateAsync(leaf));
        Ok(await Gateway.Devices.RemoveAsync("truck"));
        Assert.Equal([EndReason.Removed], connected.Ends);
        await DeviceAsync("truck", new AuthoritySigned("own"));
        Assert.Equal("The certificate was issued to an earlier device of this id, which was removed.", await CauseAsync("truck", leaf));
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal("The certificate was revoked.", await CauseAsync("truck", leaf));
        IssuedCertificate record = Assert.Single(Ok(await Gateway.Issuers.ListIssuedAsync(Operator, null, null, 10)).Items);
        Assert.Equal(RevocationCause.DeviceRemoved, record.Cause);

        // A list that could not name it does not matter.
        using Gateway later = Test.Reopen();
        await DeviceAsync("lamp", AuthoritySigned.ByAny);
        Refused(
            RefusalKind.Unauthorized,
            await later.Authenticator.AuthenticateAsync(AuthenticationAttempt.By("lamp", TestAuthority.Peer(leaf), Connection)));
    }

    [Fact]
    public async Task A_revoked_certificate_counts_no_more_at_once()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord device = await KeyedAsync("truck");
        DevicePrincipal byKey = await ByKeyAsync(device);
        (byte[] first, _) = await CertificateAsync(byKey);
        (byte[] second, _) = await CertificateAsync(byKey);
        TestConnection ofFirst = Add(await ByCertificateAsync(first)), ofSecond = Add(await ByCertificateAsync(second));
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(first);
        string colons = string.Join(':', certificate.SerialNumber.Chunk(2).Select(p => new string(p).ToLowerInvariant()));
        Assert.Equal(Test.NowMs, Ok(await Gateway.Issuers.RevokeAsync(Operator, colons)).RevokedAtMs);
        Assert.Equal([EndReason.CredentialChanged], ofFirst.Ends);
        Assert.Empty(ofSecond.Ends);
        Assert.Equal("The certificate was revoked.", await CauseAsync("truck", first));
        await ByCertificateAsync(second);
        Assert.Equal(RevocationCause.Operator, Ok(await Gateway.Issuers.RevokeAsync(Operator, colons)).Cause);
        Assert.Single(Ok(await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck")));
        Assert.Equal([EndReason.CredentialChanged], ofSecond.Ends);
        Assert.Empty(Ok(await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck")));
        Refused(RefusalKind.NotFound, await Gateway.Issuers.RevokeAsync(Operator, "4711"));
        Refused(RefusalKind.NotFound, await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "lamp"));
        await ByCertificateAsync((await CertificateAsync(byKey)).Leaf);
    }

    [Fact]
    public async Task A_revoked_certificate_ends_its_connection_when_the_store_is_back_that_failed_just_after()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        byte[] leaf = (await CertificateAsync(await ByKeyAsync(await KeyedAsync("truck")))).Leaf;
        TestConnection connected = Add(await ByCertificateAsync(leaf));
        Test.Store.AuthorityHooks.BeforeList = static () => throw new StoreUnavailableException("not now");
        Refused(RefusalKind.Unavailable, await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck"));
        Test.Store.AuthorityHooks.BeforeList = null;
        Assert.Equal("The certificate was revoked.", await CauseAsync("truck", leaf));
        Assert.Empty(connected.Ends);
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal([EndReason.CredentialChanged], connected.Ends);
    }

    [Fact]
    public async Task Lists_are_renewed_before_they_run_out_and_what_has_ended_leaves_them()
    {
        Test = new TestGateway(issuing: new IssuerOptions { CertificateLifetimeMs = 3 * Day });
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal byKey = await ByKeyAsync(await KeyedAsync("truck"));
        await CertificateAsync(byKey);
        Ok(await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck"));
        await Gateway.Maintenance.RunOnceAsync();
        AuthorityFacts first = await FactsAsync();
        Assert.Equal(1, first.ListCount);
        Test.Time.Advance(Day);
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(first, await FactsAsync());
        Test.Time.Advance(3 * Day);
        await Gateway.Maintenance.RunOnceAsync();
        AuthorityFacts second = await FactsAsync();
        Assert.Equal((0, Test.NowMs + (7 * Day)), (second.ListCount, second.ListNextAtMs));
        Assert.Empty(Ok(await Gateway.Issuers.ListIssuedAsync(Operator, null, null, 10)).Items);

        // The gateway was not there when the list ran out: it is renewed before anybody connects.
        byte[] leaf = (await CertificateAsync(byKey)).Leaf;
        Test.Time.Advance(2 * Day);
        Test.Time.Step(-100 * Day); // Back, so that the list is from the future; the certificate is not valid then.
        await Gateway.Issuers.RefreshAsync();
        Assert.Equal(Test.NowMs, (await FactsAsync()).ListMadeAtMs);
        Test.Time.Step(100 * Day);
        Refused(RefusalKind.Unauthorized, await TryAsync(leaf));
        await Gateway.Issuers.RefreshAsync();
        await ByCertificateAsync(leaf);
    }

    [Fact]
    public async Task Lists_are_made_by_one_at_a_time_and_nobody_goes_on_before()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        await CertificateAsync(await ByKeyAsync(await KeyedAsync("truck")));
        await Gateway.Issuers.RefreshAsync();
        Ok(await Gateway.Devices.RemoveAsync("truck"));
        var written = new TaskCompletionSource();
        Test.Store.AuthorityHooks.BeforeUpdate = () => written.Task;
        Task first = Gateway.Issuers.RefreshAsync().AsTask(), second = Gateway.Issuers.RefreshAsync().AsTask();
        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted); // The list does not say yet what it wants to have said.
        written.SetResult();
        await Task.WhenAll(first, second);
        Assert.Equal(1, (await FactsAsync()).ListCount);
    }

    [Fact]
    public async Task The_newest_issuer_issues_and_the_older_one_lasts_until_it_is_removed()
    {
        DevicePrincipal byKey = await ByKeyAsync(await KeyedAsync("truck"));
        Refused(RefusalKind.NotFound, await AskAsync(byKey, "$certificate", Request()));
        Ok(await Gateway.Issuers.CreateAsync("one"));
        Refused(RefusalKind.Conflict, await Gateway.Issuers.CreateAsync("one"));
        Refused(RefusalKind.Malformed, await Gateway.Issuers.CreateAsync("no name"));
        Refused(RefusalKind.Malformed, await Gateway.Issuers.CreateAsync("two", 0));
        (byte[] first, byte[] one) = await CertificateAsync(byKey);
        Test.Time.Advance(1);
        Ok(await Gateway.Issuers.CreateAsync("two", 10));
        Assert.Equal([("one", false), ("two", true)], Ok(await Gateway.Issuers.ListAsync()).Select(i => (i.Authority.Name, i.IsCurrent)));

        // By its certificate of the first: the slot of its key takes that of the second, as the first is not to be replaced before it is
        // tried.
        DevicePrincipal byFirst = await ByCertificateAsync(first);
        (byte[] second, byte[] two) = await CertificateAsync(byFirst);
        Assert.NotEqual(one, two);
        Assert.Equal(TestAuthority.Start.AddMilliseconds(1).AddDays(10).AddMilliseconds(-1), NotAfter(second)); // Not beyond its issuer.
        await ByCertificateAsync(first);
        TestConnection ofFirst = Add(byFirst), ofSecond = Add(await ByCertificateAsync(second));
        Ok(await Gateway.Issuers.RemoveAsync("one"));
        Assert.Equal([EndReason.CredentialChanged], ofFirst.Ends);
        Assert.Empty(ofSecond.Ends);
        Refused(RefusalKind.Unauthorized, await TryAsync(first));
        Refused(RefusalKind.NotFound, await Gateway.Issuers.RemoveAsync("one"));
        Test.Time.Advance(10 * Day);
        Refused(RefusalKind.NotFound, await AskAsync(byFirst, "$certificate", Request()));
    }

    [Fact]
    public async Task Nobody_else_signs_for_an_issuer_or_lists_what_it_revokes()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        Refused(RefusalKind.Conflict, await Gateway.Authorities.SetRevocationListAsync("own", Maker.List()));
        Assert.True(Ok(await Gateway.Authorities.FindAsync("own")).IsOwn);
        await TrustAsync(Maker);
        Refused(RefusalKind.NotFound, await Gateway.Issuers.RemoveAsync("maker"));
        Test = new TestGateway(access: new AccessOptions { MaxAuthorities = 1 });
        Ok(await Gateway.Issuers.CreateAsync("own"));
        Refused(RefusalKind.LimitReached, await Gateway.Issuers.CreateAsync("other"));
    }

    [Fact]
    public async Task An_id_too_long_for_a_common_name_is_in_the_certificate_all_the_same()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        string id = string.Concat(Enumerable.Repeat("a:b.~@=_-9", 12));
        (byte[] leaf, _) = await CertificateAsync(await ByKeyAsync(await KeyedAsync(id)));
        Assert.Equal(id, (await ByCertificateAsync(leaf)).Name);
    }

    [Fact]
    public async Task A_service_sees_the_certificates_of_the_devices_that_it_reaches()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord near = Ok(await Gateway.Devices.CreateAsync("near", groups: ["near"])), far = await KeyedAsync("far");
        await CertificateAsync(await ByKeyAsync(near));
        await CertificateAsync(await ByKeyAsync(far));
        var scoped = new ServicePrincipal("near", Rights.RegistryRead | Rights.RegistryWrite, CredentialSlot.Primary, long.MaxValue)
        {
            Scope = Ok(PolicyScope.Create("groups has 'near'")),
        };
        IssuedPage page = Ok(await Gateway.Issuers.ListIssuedAsync(scoped, null, null, 10));
        Assert.Equal("near", Assert.Single(page.Items).Device.Value);
        string serial = Ok(await Gateway.Issuers.ListIssuedAsync(Operator, "far", null, 10)).Items[0].Serial;
        Refused(RefusalKind.NotFound, await Gateway.Issuers.FindIssuedAsync(scoped, serial));
        Refused(RefusalKind.NotFound, await Gateway.Issuers.RevokeAsync(scoped, serial));
        Refused(RefusalKind.NotFound, await Gateway.Issuers.RevokeOfDeviceAsync(scoped, "far"));
        Ok(await Gateway.Issuers.RevokeAsync(scoped, page.Items[0].Serial));
    }

    [Fact]
    public async Task A_list_takes_so_many_and_an_operator_is_refused_beyond()
    {
        Test = new TestGateway(issuing: new IssuerOptions { MaxRevoked = 1 });
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal byKey = await ByKeyAsync(await KeyedAsync("truck"));
        byte[] first = (await CertificateAsync(byKey)).Leaf;
        Ok(await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck"));
        byte[] second = (await CertificateAsync(byKey)).Leaf;
        Refused(RefusalKind.LimitReached, await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck"));
        await ByCertificateAsync(second);

        // What goes with a removed device takes no place from what an operator has revoked.
        Test.Time.Advance(1);
        Ok(await Gateway.Devices.RemoveAsync("truck"));
        await Gateway.Maintenance.RunOnceAsync();
        await DeviceAsync("truck", new AuthoritySigned("own"));
        Assert.Equal("The certificate was revoked.", await CauseAsync("truck", first));
        Assert.Equal("The certificate was issued to an earlier device of this id, which was removed.", await CauseAsync("truck", second));
    }

    private static DateTimeOffset NotAfter(byte[] leaf)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(leaf);
        return new DateTimeOffset(certificate.NotAfter);
    }

    private async Task<AuthorityFacts> FactsAsync() => AuthorityFacts.Of(Ok(await Gateway.Authorities.FindAsync("own")));

    private TestConnection Add(Principal principal)
    {
        var connection = new TestConnection();
        Gateway.Connections.Add(principal, connection, Connection);
        return connection;
    }
}
