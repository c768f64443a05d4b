using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>A refusal costs the same whatever its cause, so that its time tells nothing. Work is counted, not time.</summary>
public sealed class AuthenticationWorkTests : CertificateTest
{
    [Fact]
    public async Task A_key_is_refused_with_the_same_work_whoever_is_named()
    {
        await TrustAsync(Maker);
        DeviceRecord keys = Ok(await Gateway.Devices.CreateAsync("keys"));
        await DeviceAsync("signed");
        await DeviceAsync("pinned", CertificateThumbprint.Of([1]));
        await DeviceAsync("empty", Credential.None, Credential.None);
        Ok(await Gateway.Devices.CreateAsync("off"));
        Ok(await Gateway.Devices.SetStatusAsync("off", DeviceStatus.Disabled));
        string[] devices = ["keys", "signed", "pinned", "empty", "off", "nobody", "no name", "ledger", "", new string('x', 300)];
        string[] policies = ["policy/nobody", "policy/admin", "policy/", "policy/no name"];
        string wrong = SymmetricKey.Generate().Reveal();
        string token = SharedAccessSignature.Create("devices/keys", SymmetricKey.Generate(), (Test.NowMs / 1_000) + 60);
        await EnrolAndRemoveAsync("ledger");
        foreach (string password in new[] { wrong, token, "no key" })
        {
            Assert.Single(await CostsAsync(devices.Select(n => new AuthenticationAttempt(n, password, null))));
            Assert.Single(await CostsAsync(policies.Select(n => new AuthenticationAttempt(n, password, null))));
        }

        AuthenticationAttempt right = new("keys", ((SymmetricKey)keys.Primary).Reveal(), null);
        Ok(await Gateway.Authenticator.AuthenticateAsync(right));
    }

    [Fact]
    public async Task A_certificate_is_refused_with_the_same_work_whoever_it_names_and_whoever_signed_it()
    {
        using var stranger = new TestAuthority("Stranger CA");
        await TrustAsync(Maker);
        await DeviceAsync("signed");
        await DeviceAsync("keys", SymmetricKey.Generate());
        await EnrolAndRemoveAsync("ledger");
        byte[] revoked = Maker.Sign("signed");
        Maker.Revoke(revoked);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        byte[][] leaves =
        [
            revoked,
            stranger.Sign("signed"),
            Maker.Sign("nobody"),
            Maker.Sign("keys"),
            stranger.Sign("nobody"),
            TestAuthority.SelfSigned("signed"),
            Maker.Sign("signed", usage: TestAuthority.ForServers),
            Maker.Sign("signed", notAfter: TestAuthority.Start.AddHours(-1)),
        ];
        foreach (string? name in new[] { null, "signed", "nobody" })
        {
            Assert.Single(await CostsAsync(leaves.Where(l => l != leaves[2] || name is null)
                .Select(l => AuthenticationAttempt.By(name, TestAuthority.Peer(l), default))));
        }
    }

    [Fact]
    public async Task A_claim_is_refused_with_the_same_work_whoever_is_named()
    {
        Ok(await Gateway.Devices.CreateAsync("keys"));
        await DeviceAsync("pinned", CertificateThumbprint.Of([1]));
        Ok(await Gateway.Devices.CreateAsync("off", DeviceStatus.Disabled));
        string used = await EnrolAndRemoveAsync("ledger");
        string[] names = ["keys", "pinned", "off", "nobody", "no name", "ledger"];
        string wrong = $"claim:{ClaimToken.Generate().Reveal()}";
        foreach (string claim in new[] { wrong, $"{wrong}:{SymmetricKey.Generate().Reveal()}", used })
        {
            Assert.Single(await CostsAsync(names.Select(n => new AuthenticationAttempt(n, claim, null)
            {
                Beside = TestAuthority.Peer(TestAuthority.SelfSigned("keys")),
            })));
        }
    }

    /// <summary>Leaves groups of every kind behind, and an id that was enrolled and is gone. Returns its claim.</summary>
    private async Task<string> EnrolAndRemoveAsync(string id)
    {
        foreach (EnrolmentKind kind in Enum.GetValues<EnrolmentKind>())
            Ok(await Gateway.Enrolments.CreateAsync(kind.Name(), new EnrolmentTerms { Kind = kind, IdPrefix = kind == EnrolmentKind.Authority ? "truck-" : "" }));
        ClaimToken token = Assert.Single(Ok(await Gateway.Claims.CreateAsync("claim", new ClaimTerms()))).Token;
        string claim = $"claim:{token.Reveal()}:{SymmetricKey.Generate().Reveal()}";
        Ok(await Gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(id, claim, null)));
        Ok(await Gateway.Devices.RemoveAsync(id));
        return claim;
    }

    private async Task<HashSet<string>> CostsAsync(IEnumerable<AuthenticationAttempt> attempts)
    {
        var costs = new HashSet<string>();
        AuthenticationWork work = Gateway.Authenticator.Work;
        foreach (AuthenticationAttempt attempt in attempts)
        {
            (int lookups, int comparisons, int chains) = (work.Lookups, work.Comparisons, work.Chains);
            Assert.Same(Refusal.NotAuthenticated, (await Gateway.Authenticator.AuthenticateAsync(attempt)).Refusal);
            costs.Add($"{work.Lookups - lookups} lookups, {work.Comparisons - comparisons} comparisons, {work.Chains - chains} chains");
        }

        return costs;
    }
}
