using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Issuing;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Issuing;

public sealed class CredentialDeskTests : IssuingTest
{
    [Fact]
    public async Task A_device_changes_its_key_and_has_the_old_one_taken_away()
    {
        DeviceRecord device = await KeyedAsync("truck");
        DevicePrincipal byOld = await ByKeyAsync(device);
        TestConnection ofOld = Add(byOld), ofSecondary = Add(await ByKeyAsync(device, CredentialSlot.Secondary));
        SymmetricKey fresh = SymmetricKey.Generate();
        MessageContent answer = await AnswerAsync(byOld, "$key", fresh.Bytes.ToArray());
        Assert.Equal("""{"primary":"key","secondary":"key","used":"primary"}""", Encoding.UTF8.GetString(answer.Body.Span));
        Assert.Equal([EndReason.CredentialChanged], ofSecondary.Ends);
        Assert.Empty(ofOld.Ends);
        await ByKeyAsync(device);
        DevicePrincipal byFresh = await ByPasswordAsync("truck", fresh.Reveal());
        Assert.Equal(CredentialSlot.Secondary, byFresh.Slot);
        answer = await AnswerAsync(byFresh, "$retire", []);
        Assert.Equal("""{"primary":"none","secondary":"key","used":"secondary"}""", Encoding.UTF8.GetString(answer.Body.Span));
        Assert.Equal([EndReason.CredentialChanged], ofOld.Ends);
        DeviceRecord after = await FoundAsync("truck");
        Assert.Equal((Credential.None, fresh), (after.Primary, after.Secondary));
        await AnswerAsync(byFresh, "$retire", []);
        Assert.Equal(after, await FoundAsync("truck"));

        // What was on the old key has no say any more.
        Refused(RefusalKind.Unauthorized, await AskAsync(byOld, "$key", SymmetricKey.Generate().Bytes.ToArray()));
        Refused(RefusalKind.Unauthorized, await AskAsync(byOld, "$retire", []));
        Assert.Equal(after, await FoundAsync("truck"));
    }

    [Fact]
    public async Task A_certificate_takes_the_place_of_the_keys()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        (byte[] leaf, _) = await CertificateAsync(await ByKeyAsync(await KeyedAsync("truck")));
        MessageContent answer = await AnswerAsync(await ByCertificateAsync(leaf), "$retire", []);
        Assert.Equal("""{"primary":"none","secondary":"authority","used":"secondary"}""", Encoding.UTF8.GetString(answer.Body.Span));
        (byte[] next, _) = await CertificateAsync(await ByCertificateAsync(leaf));
        SymmetricKey key = SymmetricKey.Generate();
        await AnswerAsync(await ByCertificateAsync(next), "$key", Encoding.ASCII.GetBytes(key.Reveal() + "\n"));
        Assert.Equal(CredentialSlot.Primary, (await ByPasswordAsync("truck", key.Reveal())).Slot);
    }

    [Fact]
    public async Task Nothing_of_a_key_is_kept_but_in_its_slot()
    {
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck"));
        SymmetricKey fresh = SymmetricKey.Generate();
        AskedInquiry asked = Ok(await AskAsync(device, "$key", fresh.Bytes.ToArray(), "k-1"));
        BrowsedMessage mail = Assert.Single(await MailAsync(device));
        Assert.Equal(-1, mail.Content.Span.IndexOf(fresh.Bytes));
        Assert.DoesNotContain(fresh.Reveal(), Encoding.Latin1.GetString(mail.Content.Span), StringComparison.Ordinal);
        Assert.Equal(InquiryOutcome.Answered, asked.Inquiry.Outcome);
        Assert.DoesNotContain(await Test.EventsAsync(), e => e.Contains(fresh.Reveal(), StringComparison.Ordinal));
        Assert.Equal(("k-1", GatewaySubjects.Handler), (asked.Inquiry.Id, asked.Inquiry.Handler));

        // A handler can have none of these questions, as there is no such subject for it.
        var handler = new ServicePrincipal("h", Rights.InquiryAnswer, CredentialSlot.Primary, long.MaxValue);
        Refused(RefusalKind.Malformed, Gateway.Inquiries.Attach(handler, "$key"));
        Refused(RefusalKind.Malformed, Gateway.Inquiries.Attach(handler, "$other"));
    }

    [Fact]
    public async Task The_same_id_is_the_same_inquiry_and_nothing_is_done_twice()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck"));
        Assert.False(Ok(await AskAsync(device, "$certificate", Request(), "c")).IsDuplicate);
        Assert.True(Ok(await AskAsync(device, "$certificate", Request(), "c")).IsDuplicate);
        Assert.Single(await MailAsync(device));
        Assert.Single(Ok(await Gateway.Issuers.ListIssuedAsync(Operator, "truck", null, 9)).Items);
        SymmetricKey fresh = SymmetricKey.Generate();
        Ok(await AskAsync(device, "$key", fresh.Bytes.ToArray(), "k-1"));
        long version = (await FoundAsync("truck")).Version;
        Ok(await AskAsync(device, "$key", fresh.Bytes.ToArray(), "k-2"));
        Assert.Equal(version, (await FoundAsync("truck")).Version);
    }

    [Fact]
    public async Task What_is_no_new_random_key_is_refused()
    {
        DeviceRecord record = await KeyedAsync("truck");
        DevicePrincipal device = await ByKeyAsync(record);
        byte[] few = new byte[32];
        Random.Shared.NextBytes(few.AsSpan(0, 14)); // And zeroes: at most 15 different bytes.
        foreach (byte[] body in new[] { [], new byte[32], few, new byte[31], new byte[33], "0123456789"u8.ToArray(), new byte[100_000] })
            Refused(RefusalKind.Malformed, await AskAsync(device, "$key", body));
        Refused(RefusalKind.Conflict, await AskAsync(device, "$key", ((SymmetricKey)record.Primary).Bytes.ToArray()));
        Assert.Equal(record, await FoundAsync("truck"));
        Assert.Empty(await MailAsync(device));
    }

    [Fact]
    public async Task What_is_no_signing_request_for_an_elliptic_key_is_refused()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord record = await KeyedAsync("truck");
        DevicePrincipal device = await ByKeyAsync(record);
        byte[] good = Request(), forged = Request(), trailing = [.. good, 0];
        forged[^1] ^= 1;
        using RSA rsa = RSA.Create(2_048);
        byte[] ofRsa = new CertificateRequest("CN=truck", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
        using ECDsa odd = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        string pem = PemEncoding.WriteString("CERTIFICATE", good);
        byte[][] bodies = [[], "nothing"u8.ToArray(), forged, trailing, good[..^1], ofRsa, Request(key: odd), Maker.Certificate, Encoding.ASCII.GetBytes(pem)];
        foreach (byte[] body in bodies)
            Refused(RefusalKind.Malformed, await AskAsync(device, "$certificate", body));
        Refused(RefusalKind.TooLarge, await AskAsync(device, "$certificate", new byte[SigningRequest.MaxBytes + 1]));
        Assert.Equal(record, await FoundAsync("truck"));
        using ECDsa larger = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        await CertificateAsync(device, Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", Request(key: larger))));
        await CertificateAsync(device, Request(key: larger, hash: HashAlgorithmName.SHA384));
    }

    [Fact]
    public async Task Damaged_requests_are_refused_whatever_the_damage()
    {
        byte[] good = Request();
        var random = new Random(4711);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] damaged = [.. good];
            for (int n = random.Next(1, 4); n > 0; n--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            Result<PublicKey> read = SigningRequest.Read(damaged.AsSpan(0, random.Next(4) == 0 ? random.Next(damaged.Length) : damaged.Length));
            Assert.True(read.IsSuccess || read.Refusal.Kind == RefusalKind.Malformed);
            if (read.IsSuccess)
                Assert.Equal(good, damaged);
        }
    }

    [Fact]
    public async Task A_gateway_changes_no_credentials_for_a_device_behind_it()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord gateway = await KeyedAsync("gateway");
        DeviceRecord child = Ok(await Gateway.Devices.CreateAsync("child", gateway: gateway.Id));
        DevicePrincipal acting = Ok(await Gateway.Devices.ActForAsync(await ByKeyAsync(gateway), "child"));
        foreach ((string subject, byte[] body) in new[] { ("$certificate", Request()), ("$key", SymmetricKey.Generate().Bytes.ToArray()), ("$retire", []) })
            Refused(RefusalKind.Forbidden, await AskAsync(acting, subject, body));
        Assert.Equal(child, await FoundAsync("child"));
        Assert.Equal(gateway, await FoundAsync("gateway"));
        Assert.Empty(Ok(await Gateway.Issuers.ListIssuedAsync(Operator, null, null, 9)).Items);
    }

    [Fact]
    public async Task A_token_is_not_enough()
    {
        DeviceRecord device = await KeyedAsync("truck");
        string token = SharedAccessSignature.Create("host/devices/truck", (SymmetricKey)device.Primary, (Test.NowMs / 1_000) + 60);
        DevicePrincipal byToken = await ByPasswordAsync("truck", token);
        Refused(RefusalKind.Forbidden, await AskAsync(byToken, "$key", SymmetricKey.Generate().Bytes.ToArray()));
        Refused(RefusalKind.Forbidden, await AskAsync(byToken, "$retire", []));
        Refused(RefusalKind.Forbidden, await AskAsync(byToken, "$certificate", Request()));
        Assert.Equal(device, await FoundAsync("truck"));
    }

    [Fact]
    public async Task Rotation_can_be_switched_off_and_unknown_subjects_are_none()
    {
        Test = new TestGateway(issuing: new IssuerOptions { Rotation = false });
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck"));
        Refused(RefusalKind.Forbidden, await AskAsync(device, "$key", SymmetricKey.Generate().Bytes.ToArray()));
        Refused(RefusalKind.Forbidden, await AskAsync(device, "$retire", []));
        await CertificateAsync(device);
        Refused(RefusalKind.NotFound, await AskAsync(device, "$other", []));
        Refused(RefusalKind.NotFound, await AskAsync(device, "$", []));
    }

    [Fact]
    public async Task A_device_has_so_many_valid_certificates_and_waits_for_the_first_to_end()
    {
        Test = new TestGateway(issuing: new IssuerOptions { MaxLivePerDevice = 2, CertificateLifetimeMs = 60_000 });
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck"));
        await CertificateAsync(device);
        Test.Time.Advance(20_000);
        await CertificateAsync(device);
        Result<AskedInquiry> third = await AskAsync(device, "$certificate", Request());
        Refused(RefusalKind.Throttled, third);
        Assert.Equal(40_000, third.Refusal!.RetryAfterMs);
        Test.Time.Advance(40_000);
        await CertificateAsync(device);
    }

    [Fact]
    public async Task A_device_asks_so_often_in_an_hour()
    {
        Test = new TestGateway(issuing: new IssuerOptions { MaxRequestsPerDevicePerHour = 2 });
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck")), other = await ByKeyAsync(await KeyedAsync("lamp"));
        await AnswerAsync(device, "$retire", []);
        Refused(RefusalKind.Malformed, await AskAsync(device, "$key", [])); // Counted too.
        Result<AskedInquiry> third = await AskAsync(device, "$retire", []);
        Refused(RefusalKind.Throttled, third);
        Assert.Equal(1_800_000, third.Refusal!.RetryAfterMs);
        await AnswerAsync(other, "$retire", []);
        Test.Time.Advance(1_800_000);
        await AnswerAsync(device, "$retire", []);
        Refused(RefusalKind.Throttled, await AskAsync(device, "$retire", []));
    }

    [Fact]
    public async Task All_devices_together_ask_so_often_in_a_second_and_who_is_quiet_is_forgotten()
    {
        Test = new TestGateway(issuing: new IssuerOptions { MaxRequestsPerSecond = 2 });
        var devices = new List<DevicePrincipal>();
        for (int i = 0; i < 3; i++)
            devices.Add(await ByKeyAsync(await KeyedAsync($"d-{i}")));
        await AnswerAsync(devices[0], "$retire", []);
        await AnswerAsync(devices[1], "$retire", []);
        Result<AskedInquiry> third = await AskAsync(devices[2], "$retire", []);
        Refused(RefusalKind.Throttled, third);
        Assert.Equal(500, third.Refusal!.RetryAfterMs);
        Test.Time.Advance(500);
        await AnswerAsync(devices[2], "$retire", []);

        var pace = new RequestPace(new IssuerOptions(), Test.Time);
        Assert.Null(pace.Take(new DeviceNumber(1)));
        Test.Time.Advance(30_000);
        Assert.Null(pace.Take(new DeviceNumber(2)));
        Test.Time.Advance(30_000);
        pace.Sweep();
        Assert.Equal(1, pace.Count);
        Test.Time.Advance(30_000);
        pace.Sweep();
        Assert.Equal(0, pace.Count);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_and_later_the_certificate_is_there()
    {
        Test = new TestGateway(mailboxes: new MailboxLimits { MaxDepth = 1 });
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck"));
        await Test.SendAsync("truck", "full");
        Refused(RefusalKind.MailboxFull, await AskAsync(device, "$certificate", Request()));
        Assert.Empty(Ok(await Gateway.Issuers.ListIssuedAsync(Operator, "truck", null, 9)).Items);
        await Test.Memory.Mailboxes.PurgeAsync(device.Number, "", Test.NowMs);
        await CertificateAsync(device);
    }

    [Fact]
    public async Task A_store_that_takes_no_work_has_changed_nothing()
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DeviceRecord record = await KeyedAsync("truck");
        DevicePrincipal device = await ByKeyAsync(record);
        Test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await AskAsync(device, "$certificate", Request()));
        Refused(RefusalKind.Unavailable, await AskAsync(device, "$key", SymmetricKey.Generate().Bytes.ToArray()));
        Refused(RefusalKind.Unavailable, await Gateway.Issuers.RevokeOfDeviceAsync(Operator, "truck"));
        Refused(RefusalKind.Unavailable, await Gateway.Issuers.CreateAsync("other"));
        await Gateway.Maintenance.RunOnceAsync();
        Test.Memory.Unavailable = false;
        Assert.Equal(record, await FoundAsync("truck"));
        await CertificateAsync(device);
    }

    [Theory]
    [InlineData("$key", nameof(IRegistryStore.UpdateDeviceAsync))]
    [InlineData("$retire", nameof(IRegistryStore.UpdateDeviceAsync))]
    [InlineData("$certificate", nameof(IRegistryStore.UpdateDeviceAsync))]
    [InlineData("$certificate", nameof(IInquiryStore.AnswerAtOnceAsync))]
    public async Task What_the_store_leaves_in_doubt_has_an_entry_that_says_so(string subject, string verb)
    {
        Ok(await Gateway.Issuers.CreateAsync("own"));
        DevicePrincipal device = await ByKeyAsync(await KeyedAsync("truck"));
        byte[] body = subject switch
        {
            "$key" => SymmetricKey.Generate().Bytes.ToArray(),
            "$certificate" => Request(),
            _ => [],
        };
        Test.Store.InDoubt = verb;
        Refused(RefusalKind.Unavailable, await AskAsync(device, subject, body));
        Test.Store.InDoubt = null;
        string entry = Encoding.UTF8.GetString(Ok(await Gateway.Audit.ReadAsync(0, 100)).Records[^1].Line.Span);
        Assert.Contains($"\"act\":\"{subject}\",\"result\":\"unavailable\",\"by\":\"device\",\"name\":\"truck\"", entry, StringComparison.Ordinal);
        Assert.Contains("perhaps it was done", entry, StringComparison.Ordinal);
    }

    private TestConnection Add(Principal principal)
    {
        var connection = new TestConnection();
        Gateway.Connections.Add(principal, connection, Connection);
        return connection;
    }
}
