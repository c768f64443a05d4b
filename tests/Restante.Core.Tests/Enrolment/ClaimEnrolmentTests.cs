using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Enrolment;

public sealed class ClaimEnrolmentTests : EnrolmentTest
{
    private readonly SymmetricKey _key = SymmetricKey.Generate();

    [Fact]
    public async Task A_claim_makes_the_device_with_the_key_that_it_chose()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim, "toaster-");
        ClaimToken token = await ClaimAsync("toasters");
        DevicePrincipal device = await LetInAsync("toaster-1", Claim(token, _key));
        DeviceRecord record = (await FindAsync("toaster-1"))!;
        Assert.Equal((_key, Credential.None, device.Number), (record.Primary, record.Secondary, record.Number));
        Assert.Null(await Gateway.Devices.RecheckAsync(device));

        // The same again is a login like any other, and so is the key alone.
        Assert.Equal(device.Number, (await LetInAsync("toaster-1", Claim(token, _key))).Number);
        Assert.Equal(device.Number, (await LetInAsync("toaster-1", _key.Reveal())).Number);
        Assert.Equal(0, Ok(await Gateway.Enrolments.FindAsync("toasters")).OpenClaims);
        Assert.Contains("enrolment group toasters (claim)", (await HistoryAsync("toaster-1"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_without_a_key_takes_the_certificate_of_the_connection()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim);
        ClaimToken token = await ClaimAsync("toasters"), other = await ClaimAsync("toasters");
        byte[] own = TestAuthority.SelfSigned("toaster-1");
        PeerCertificate peer = TestAuthority.Peer(own);
        await RefusedAsync("toaster-1", Claim(token));
        await RefusedAsync("toaster-1", Claim(token), TestAuthority.Peer(TestAuthority.SelfSigned("toaster-1", TestAuthority.ForServers)));
        await RefusedAsync("toaster-1", Claim(token), TestAuthority.Peer(TestAuthority.SelfSigned("toaster-1", notAfter: TestAuthority.Start.AddHours(-1))));
        DevicePrincipal device = await LetInAsync("toaster-1", Claim(token), peer);
        Assert.Equal(CertificateThumbprint.Of(own), (await FindAsync("toaster-1"))!.Primary);
        Assert.Equal(TestAuthority.Start.AddDays(30).ToUnixTimeMilliseconds(), device.ExpiresAtMs);
        Assert.Equal(device.Number, (await LetInAsync("toaster-1", Claim(token), peer)).Number);
        Assert.Equal(device.Number, ((DevicePrincipal)Ok(await TryAsync(own))).Number);
        await RefusedAsync("toaster-1", Claim(token), TestAuthority.Peer(TestAuthority.SelfSigned("toaster-1")));
        await RefusedAsync("toaster-1", Claim(token));

        // The certificate may say who comes; a key counts before it.
        Assert.Equal("toaster-2", (await LetInAsync(null, Claim(other), TestAuthority.Peer(TestAuthority.SelfSigned("toaster-2")))).Name);
        await LetInAsync("toaster-3", Claim(await ClaimAsync("toasters"), _key), peer);
        Assert.Equal(_key, (await FindAsync("toaster-3"))!.Primary);
    }

    [Fact]
    public async Task A_certificate_that_its_authority_has_revoked_is_no_choice()
    {
        await TrustAsync(Maker);
        await GroupAsync("toasters", EnrolmentKind.Claim);
        byte[] revoked = Maker.Sign("toaster-1");
        Maker.Revoke(revoked);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        ClaimToken token = await ClaimAsync("toasters");
        await RefusedAsync("toaster-1", Claim(token), TestAuthority.Peer(revoked));
        await LetInAsync("toaster-1", Claim(token), TestAuthority.Peer(Maker.Sign("toaster-1")));
    }

    [Fact]
    public async Task A_used_claim_is_refused_with_anything_else()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim);
        ClaimToken token = await ClaimAsync("toasters");
        await LetInAsync("toaster-1", Claim(token, _key));
        await RefusedAsync("toaster-1", Claim(token, SymmetricKey.Generate()));
        await RefusedAsync("toaster-2", Claim(token, _key));
        await RefusedAsync("toaster-1", Claim(ClaimToken.Generate(), _key));
        await RefusedAsync("toaster-1", Claim(await ClaimAsync("toasters"), _key));
        Ok(await Gateway.Devices.CreateAsync("lamp", primary: _key));
        await RefusedAsync("lamp", Claim(token, _key));
        Ok(await Gateway.Devices.SetStatusAsync("toaster-1", DeviceStatus.Disabled));
        await RefusedAsync("toaster-1", Claim(token, _key));
        Assert.Contains(await HistoryAsync("toaster-1"), h => h.EndsWith("the device is disabled.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_used_claim_does_not_outlive_its_device()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim);
        ClaimToken token = await ClaimAsync("toasters");
        await LetInAsync("toaster-1", Claim(token, _key));
        await RemoveAsync("toaster-1");
        await RefusedAsync("toaster-1", Claim(token, _key));
        await RefusedAsync("toaster-1", Claim(await ClaimAsync("toasters"), _key));
        Ok(await Gateway.Devices.CreateAsync("toaster-1", primary: _key));
        await RefusedAsync("toaster-1", Claim(token, _key)); // It is another device of that id.
        await RemoveAsync("toaster-1");
        Ok(await Gateway.Enrolled.ReleaseAsync("toaster-1"));
        await RefusedAsync("toaster-1", Claim(token, _key));
        await LetInAsync("toaster-1", Claim(await ClaimAsync("toasters"), _key));
    }

    [Fact]
    public async Task A_claim_is_for_its_device_its_prefix_and_its_time()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim, "toaster-");
        ClaimToken free = await ClaimAsync("toasters", expiresAtMs: Test.NowMs + 1_000), bound = await ClaimAsync("toasters", "toaster-9");
        await RefusedAsync("lamp-1", Claim(free, _key));
        await RefusedAsync(null, Claim(free, _key));
        await RefusedAsync("policy/toaster-1", Claim(free, _key));
        await RefusedAsync("toaster-1", Claim(bound, _key));
        await LetInAsync("toaster-9", Claim(bound, _key));
        Test.Time.Advance(1_000);
        await RefusedAsync("toaster-1", Claim(free, _key));
        Refused(RefusalKind.Malformed, await Gateway.Claims.CreateAsync("toasters", new ClaimTerms { Device = DeviceId.Parse("lamp-1") }));
    }

    [Fact]
    public async Task A_claim_that_was_taken_back_or_whose_group_went_is_nothing()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim);
        ClaimToken token = await ClaimAsync("toasters"), other = await ClaimAsync("toasters");
        IReadOnlyList<EnrolmentClaim> open = Ok(await Gateway.Claims.ListAsync("toasters", null, 10));
        Ok(await Gateway.Claims.RemoveAsync("toasters", open[0].Number));
        Refused(RefusalKind.NotFound, await Gateway.Claims.RemoveAsync("toasters", open[0].Number));
        await RefusedAsync("toaster-1", Claim(token, _key));
        Ok(await Gateway.Enrolments.RemoveAsync("toasters"));
        await RefusedAsync("toaster-1", Claim(other, _key));
        Refused(RefusalKind.NotFound, await Gateway.Claims.ListAsync("toasters", null, 10));
    }

    [Fact]
    public async Task Of_two_ids_with_one_claim_at_once_one_is_let_in()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim);
        ClaimToken token = await ClaimAsync("toasters");
        Result<Principal>[] results = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(i => Task.Run(() => TryAsync($"toaster-{i % 2}", Claim(token, _key)).AsTask())));
        string[] names = [.. results.Where(r => r.IsSuccess).Select(r => r.Value!.Name).Distinct()];
        Assert.Equal(4, results.Count(r => r.IsSuccess)); // Every connection of the one that won.
        Assert.Single(names);
        Assert.Single(Ok(await Gateway.Devices.ListAsync(null, 10)));
    }

    [Fact]
    public async Task Claims_that_have_ended_are_swept()
    {
        await GroupAsync("toasters", EnrolmentKind.Claim);
        Ok(await Gateway.Claims.CreateAsync("toasters", new ClaimTerms(3) { ExpiresAtMs = Test.NowMs + 100 }));
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(3, Ok(await Gateway.Enrolments.FindAsync("toasters")).OpenClaims);
        Test.Time.Advance(10_000);
        await Gateway.Maintenance.RunOnceAsync();
        Assert.Equal(0, Ok(await Gateway.Enrolments.FindAsync("toasters")).OpenClaims);
    }

    [Theory]
    [InlineData("claim:")]
    [InlineData("claim:abc")]
    [InlineData("claim:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:")]
    [InlineData("claim:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:AAAA")]
    [InlineData("claim:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+")]
    [InlineData("claim:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Claim:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("claim:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!")]
    public void What_is_no_claim_is_not_taken_for_one(string password)
    {
        Assert.Null(ClaimPassword.TryParse(password));
        Assert.Equal(-1, ClaimPassword.FindAtEnd("toaster-1:" + password));
    }

    [Fact]
    public void A_claim_is_read_and_found_behind_a_name()
    {
        ClaimToken token = ClaimToken.Generate();
        foreach (SymmetricKey? key in new[] { null, _key })
        {
            string text = Claim(token, key);
            ClaimPassword read = ClaimPassword.TryParse(text)!;
            Assert.Equal((token.Hash(), key), (read.Token.Hash(), read.Key));
            Assert.Equal(10, ClaimPassword.FindAtEnd("urn:dev:a:" + text));
            Assert.Equal(-1, ClaimPassword.FindAtEnd(text));
            Assert.Equal("(secret)", read.ToString());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_key_that_was_not_drawn_at_random_is_none(int different)
    {
        byte[] key = new byte[SymmetricKey.LengthBytes];
        for (int i = 0; i < different - 1; i++)
            key[i] = (byte)(i + 1);
        string token = ClaimToken.Generate().Reveal();
        Assert.Null(ClaimPassword.TryParse($"claim:{token}:{Convert.ToBase64String(key)}"));
        Assert.NotNull(ClaimPassword.TryParse($"claim:{token}:{SymmetricKey.Generate().Reveal()}"));
    }
}
