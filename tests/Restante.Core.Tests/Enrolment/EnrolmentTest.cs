using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.History;
using Restante.Core.Refusals;
using Restante.Core.Tests.Access;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Enrolment;

/// <summary>What tests of enrolment share.</summary>
public abstract class EnrolmentTest : CertificateTest
{
    private protected async Task<EnrolmentGroup> GroupAsync(string name, EnrolmentKind kind, string prefix = "", long? max = null, string? authority = null) =>
        Ok(await Gateway.Enrolments.CreateAsync(name, new EnrolmentTerms
        {
            Kind = kind,
            IdPrefix = prefix,
            MaxDevices = max,
            Authority = authority,
            Tags = """{"fleet":"north"}""",
            Groups = ["new"],
            DesiredState = Encoding.UTF8.GetBytes("""{ "interval": 60, "old": null }"""),
        }));

    private protected async Task<ClaimToken> ClaimAsync(string group, string? device = null, long? expiresAtMs = null)
    {
        var terms = new ClaimTerms { Device = device is null ? null : DeviceId.Parse(device), ExpiresAtMs = expiresAtMs };
        return Assert.Single(Ok(await Gateway.Claims.CreateAsync(group, terms))).Token;
    }

    private protected ValueTask<Result<Principal>> TryAsync(string? name, string password, PeerCertificate? beside = null) =>
        Gateway.Authenticator.AuthenticateAsync(new AuthenticationAttempt(name, password, null) { Connection = Connection, Beside = beside });

    private protected async Task<DevicePrincipal> LetInAsync(string? name, string password, PeerCertificate? beside = null) =>
        Assert.IsType<DevicePrincipal>(Ok(await TryAsync(name, password, beside)));

    private protected async Task RefusedAsync(string? name, string password, PeerCertificate? beside = null) =>
        Assert.Same(Refusal.NotAuthenticated, (await TryAsync(name, password, beside)).Refusal);

    private protected async Task RemoveAsync(string id) => Ok(await Gateway.Devices.RemoveAsync(id));

    private protected async Task<DeviceRecord?> FindAsync(string id) => (await Gateway.Devices.FindAsync(id)).Value;

    private protected async Task<List<string>> HistoryAsync(string id) =>
        [.. Ok(await Gateway.History.ReadAsync(id, null, 100)).Select(r => HistoryWords.Of(r.Entry))];

    private protected static string KeyOf(EnrolmentGroup group, string id, CredentialSlot slot = CredentialSlot.Primary) =>
        DerivedKey.Of(slot == CredentialSlot.Primary ? group.PrimaryKey! : group.SecondaryKey!, DeviceId.Parse(id)).Reveal();

    private protected string TokenOf(EnrolmentGroup group, string id, long seconds = 60, string? resource = null) =>
        SharedAccessSignature.Create(resource ?? $"devices/{id}", DerivedKey.Of(group.PrimaryKey!, DeviceId.Parse(id)), (Test.NowMs / 1_000) + seconds);

    private protected static string Claim(ClaimToken token, SymmetricKey? key = null) =>
        key is null ? $"claim:{token.Reveal()}" : $"claim:{token.Reveal()}:{key.Reveal()}";
}
