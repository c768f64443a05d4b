using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Restante.Core.Access;
using Restante.Core.Refusals;
using Restante.Core.Tests.Support;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Core.Tests.Fuzzing;

/// <summary>
/// Certificates and revocation lists from strangers: they are refused with the cause, never by a fault of our own, and one that was changed
/// proves nothing.
/// </summary>
public sealed class CertificateFuzzTests : IAsyncDisposable
{
    // Halfway through what the examples are valid for.
    private static readonly long s_nowMs = new DateTimeOffset(2060, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly TestGateway _test = new();

    public async ValueTask DisposeAsync() => await _test.DisposeAsync();

    [Fact]
    public void A_certificate_that_was_changed_is_refused()
    {
        var trust = new TrustedAuthorities([new TrustedAuthority(Registered(CertificateExamples.Authority))]);
        var check = new CertificateCheck(new AccessOptions(), _test.Gateway.Metrics, NullLogger.Instance);
        byte[] leaf = CertificateExamples.Leaf;
        Assert.Equal(CertificateFault.None, Judge(leaf, [], check, trust));
        byte[][] examples = [leaf, CertificateExamples.Authority, CertificateExamples.Own, CertificateExamples.List];
        FuzzRounds.Run(
            FuzzRounds.Of(300, cost: 20),
            random => Damage.Bytes(random, examples),
            bytes =>
            {
                Judge(leaf, [bytes, bytes], check, trust);
                if (Judge(bytes, [CertificateExamples.Authority], check, trust) != CertificateFault.None)
                    return;
                using X509Certificate2 passed = X509CertificateLoader.LoadCertificate(bytes);
                Assert.True(passed.RawData.AsSpan().SequenceEqual(leaf)
                    || passed.RawData.AsSpan().SequenceEqual(CertificateExamples.Authority));
            });
    }

    [Fact]
    public void A_list_that_was_changed_is_refused()
    {
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificate(CertificateExamples.Authority);
        byte[] list = CertificateExamples.List;
        Assert.Equal(1, RevocationList.Read(list, authority).Count);
        FuzzRounds.Run(
            FuzzRounds.Of(1_000, cost: 10),
            random => Damage.Bytes(random, [list, list, CertificateExamples.Leaf, Pem(list)]),
            bytes =>
            {
                try
                {
                    RevocationList read = RevocationList.Read(RevocationList.Unwrap(bytes), authority);
                    Assert.True(read.Names("01"));
                }
                catch (Exception refused) when (refused is InvalidDataException or FormatException)
                {
                    Assert.NotEmpty(refused.Message);
                }
            });
    }

    [Fact]
    public async Task Whatever_is_registered_as_an_authority_or_given_as_its_list_or_proof_is_taken_or_refused()
    {
        _test.Time.Advance(s_nowMs - _test.NowMs);
        Assert.True((await _test.Gateway.Authorities.AddAsync("maker", CertificateExamples.Authority)).IsSuccess);
        byte[][] examples =
        [
            CertificateExamples.Authority, Pem(CertificateExamples.Authority), CertificateExamples.Leaf, CertificateExamples.Own,
            CertificateExamples.List, Pem(CertificateExamples.List),
        ];
        int rounds = FuzzRounds.Of(300, cost: 20);
        for (int round = 0; round < rounds; round++)
        {
            byte[] bytes = Damage.Bytes(new Random(round), examples);
            try
            {
                Result<AuthorityRecord> added = await _test.Gateway.Authorities.AddAsync("other", bytes);
                if (added.IsSuccess)
                    Assert.True((await _test.Gateway.Authorities.RemoveAsync("other")).IsSuccess);
                Assert.False((await _test.Gateway.Authorities.VerifyAsync("maker", bytes)).IsSuccess);
                await _test.Gateway.Authorities.SetRevocationListAsync("maker", bytes);
            }
            catch (Exception fault)
            {
                Assert.Fail($"Round {round}, {FuzzRounds.Show(bytes)}: {fault}");
            }
        }
    }

    [Fact]
    public async Task An_authority_whose_key_is_no_point_of_its_curve_is_malformed()
    {
        byte[] authority = CertificateExamples.Authority;
        authority[196] ^= 0x60;
        Result<AuthorityRecord> added = await _test.Gateway.Authorities.AddAsync("maker", authority);
        TestGateway.Refused(RefusalKind.Malformed, added);
        Assert.Contains("cannot be read", added.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stored_credential_is_read_or_refused_as_damaged() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Bytes(
            random,
            [CredentialForm.Write(AuthoritySigned.ByAny), CredentialForm.Write(CertificateThumbprint.Of([1])), [0], [1, .. new byte[32]]]),
        bytes =>
        {
            try
            {
                Credential read = CredentialForm.Read(bytes);
                Assert.Equal(read, CredentialForm.Read(CredentialForm.Write(read)));
            }
            catch (InvalidDataException)
            {
                // What damage is told by.
            }
        });

    private static CertificateFault Judge(byte[] leaf, byte[][] issuers, CertificateCheck check, TrustedAuthorities trust)
    {
        using PresentedCertificate presented = PresentedCertificate.Read(TestAuthority.Peer(leaf, issuers), s_nowMs, 60_000);
        Assert.InRange(presented.Names.Count, 0, CertificateNames.Max + 1);
        CertificateFault found = check.Follow(presented, trust, s_nowMs).Fault;
        return found == CertificateFault.None ? presented.Fault : found;
    }

    private static byte[] Pem(byte[] der) => System.Text.Encoding.ASCII.GetBytes(
        System.Security.Cryptography.PemEncoding.WriteString(der.Length == CertificateExamples.List.Length ? "X509 CRL" : "CERTIFICATE",
            der));

    private static AuthorityRecord Registered(byte[] certificate) => new()
    {
        Name = "maker",
        Certificate = certificate,
        VerificationCode = "code",
        IsVerified = true,
        CreatedAtMs = 0,
        ChangedAtMs = 0,
    };
}
