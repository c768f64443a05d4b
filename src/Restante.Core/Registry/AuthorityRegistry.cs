using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Restante.Core.Access;
using Restante.Core.Issuing;
using Restante.Core.Refusals;
using Restante.Core.Sessions;
using Restante.Core.Storage;

namespace Restante.Core.Registry;

/// <summary>
/// Registers the certificate authorities that may sign for devices. One is trusted when whoever registers it has proved to have its key;
/// one that is removed, or revokes a certificate, ends the live connections that rest on it at once.
/// </summary>
public sealed class AuthorityRegistry
{
    /// <summary>The largest certificate of an authority, in bytes of DER.</summary>
    public const int MaxCertificateBytes = 16 * 1024;

    private const int CodeBytes = 20;
    private const int MinRsaBits = 2_048;
    private const long MaxAheadMs = 3_600_000;
    private const string Revoked = "The certificate was revoked.";
    private const string Removed = "The authority that signed the certificate was removed.";

    private readonly ChangeTurns _turns = new(); // So that the authorities are read anew in the order in which they changed.
    private readonly IAuthorityStore _store;
    private readonly IIssuerStore _issuers;
    private readonly AuthorityTrust _trust;
    private readonly AccessOptions _options;
    private readonly TimeProvider _time;
    private readonly LiveConnections _connections;
    private volatile string? _owed; // Why connections may have to be ended that have not been yet.

    internal AuthorityRegistry(
        IAuthorityStore store, IIssuerStore issuers, AuthorityTrust trust, AccessOptions options, TimeProvider time,
        LiveConnections connections)
    {
        _store = store;
        _issuers = issuers;
        _trust = trust;
        _options = options;
        _time = time;
        _connections = connections;
    }

    /// <summary>The largest revocation list that is taken, in bytes.</summary>
    public int MaxRevocationListBytes => _options.MaxRevocationListBytes;

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Registers an authority, which is not trusted until it is verified. Refusals: malformed (name, or no certificate of an authority that
    /// could be taken), conflict, limit-reached (too many), unavailable.
    /// </summary>
    /// <param name="name">What to call it.</param>
    /// <param name="certificate">Its certificate, in DER or PEM.</param>
    public async ValueTask<Result<AuthorityRecord>> AddAsync(string name, ReadOnlyMemory<byte> certificate)
    {
        if (!PolicyNames.IsValid(name))
            return new Refusal(RefusalKind.Malformed, $"The name is not allowed: {PolicyNames.RuleForAuthorities}.");
        Result<byte[]> read = ReadAuthority(certificate.Span);
        if (!read.IsSuccess)
            return read.Refusal;
        return await _turns.ChangeAsync<AuthorityRecord>(async () =>
        {
            if (Occupied(await _store.ListAsync(), name, read.Value) is Refusal refusal)
                return refusal;
            AuthorityRecord record = New(name, read.Value);
            await _store.AddAsync(record);
            return record;
        });
    }

    /// <summary>
    /// Registers an issuer of the gateway's own, trusted at once as the gateway has made the key itself. Refusals: conflict, limit-reached
    /// (too many), unavailable.
    /// </summary>
    /// <param name="issuer">The issuer.</param>
    /// <param name="list">Its first revocation list.</param>
    internal ValueTask<Result<AuthorityRecord>> AddOwnAsync(IssuerRecord issuer, byte[] list) =>
        _turns.ChangeAsync<AuthorityRecord>(async () =>
    {
        if (Occupied(await _store.ListAsync(), issuer.Name, issuer.Certificate) is Refusal refusal)
            return refusal;
        AuthorityRecord record = New(issuer.Name, issuer.Certificate) with { IsVerified = true, RevocationList = list };
        await _issuers.AddAsync(record, issuer);
        await _trust.ReloadAsync();
        return record with { IsOwn = true };
    });

    /// <summary>
    /// Puts another revocation list of an issuer of the gateway's own, and ends the connections that rest on what it names. Fails as the
    /// store does.
    /// </summary>
    /// <param name="name">The issuer.</param>
    /// <param name="make">Makes the list; null when there is no need. No other list is made meanwhile.</param>
    internal ValueTask RenewOwnListAsync(string name, Func<TrustedAuthority, ValueTask<byte[]?>> make) => _turns.AloneAsync(async () =>
    {
        if ((await _trust.GetAsync()).All.FirstOrDefault(a => a.Name == name && a.IsOwn) is not TrustedAuthority held
            || await FindOrNullAsync(name) is not AuthorityRecord authority
            || await make(held) is not byte[] list)
        {
            return;
        }

        _owed = Revoked;
        await _store.UpdateAsync(name, authority.VerificationCode, new AuthorityUpdate(RevocationList: list), NowMs);
        await TakeInAsync(Revoked);
    });

    /// <summary>
    /// Takes the proof that somebody has the key of an authority: a certificate that it has signed and whose common name is the
    /// verification code. Refusals: not-found, malformed (no certificate, or no proof), unavailable.
    /// </summary>
    /// <param name="name">The authority.</param>
    /// <param name="proof">The certificate, in DER or PEM.</param>
    public ValueTask<Result<AuthorityRecord>> VerifyAsync(string name, ReadOnlyMemory<byte> proof) =>
        _turns.ChangeAsync<AuthorityRecord>(async () =>
    {
        if (await FindOrNullAsync(name) is not AuthorityRecord authority)
            return NotFound(name);
        if (ReadCertificate(proof.Span) is not X509Certificate2 certificate)
            return new Refusal(RefusalKind.Malformed, "The proof is no certificate in DER or PEM.");
        using (certificate)
        using (X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(authority.Certificate))
        {
            bool names = CertificateNames.CommonNameOf(certificate) == authority.VerificationCode;
            if (!names || !AuthoritySignature.HasIssued(issuer, certificate))
            {
                return new Refusal(
                    RefusalKind.Malformed,
                    "The proof must be a certificate that the authority has signed itself, with the verification code as its common name.");
            }
        }

        AuthorityRecord? verified = await _store.UpdateAsync(name, authority.VerificationCode, new AuthorityUpdate(Verifies: true), NowMs);
        if (verified is null)
            return NotFound(name);
        await _trust.ReloadAsync();
        return verified;
    });

    /// <summary>
    /// Puts the revocation list of an authority in place of an older one. Connections whose certificates it names are ended. Refusals:
    /// not-found, malformed (no list of this authority), too-large, conflict (older than the one there), unavailable.
    /// </summary>
    /// <param name="name">The authority.</param>
    /// <param name="list">The list, in DER or PEM.</param>
    public async ValueTask<Result<AuthorityRecord>> SetRevocationListAsync(string name, ReadOnlyMemory<byte> list)
    {
        if (list.Length > _options.MaxRevocationListBytes)
            return new Refusal(RefusalKind.TooLarge, $"The list has {list.Length} bytes; the limit is {_options.MaxRevocationListBytes}.");
        return await _turns.ChangeAsync<AuthorityRecord>(async () =>
        {
            if (await FindOrNullAsync(name) is not AuthorityRecord authority)
                return NotFound(name);
            if (authority.IsOwn)
                return new Refusal(RefusalKind.Conflict, "The gateway makes the revocation lists of its own issuers itself.");
            byte[] der;
            try
            {
                using X509Certificate2 issuer = X509CertificateLoader.LoadCertificate(authority.Certificate);
                der = RevocationList.Unwrap(list.Span);
                RevocationList made = RevocationList.Read(der, issuer);
                if (made.ThisUpdateMs > NowMs + MaxAheadMs)
                {
                    return new Refusal(
                        RefusalKind.Malformed, "The list was made more than an hour from now: no later one could take its place.");
                }

                if (authority.RevocationList is byte[] held && RevocationList.Read(held, issuer).IsNewerThan(made))
                    return new Refusal(RefusalKind.Conflict, "The list is older than the one that is there.");
            }
            catch (Exception e) when (e is InvalidDataException or FormatException)
            {
                return new Refusal(RefusalKind.Malformed, $"The revocation list cannot be taken. {e.Message}");
            }

            _owed = Revoked;
            AuthorityRecord? changed = await _store.UpdateAsync(
                name, authority.VerificationCode, new AuthorityUpdate(RevocationList: der), NowMs);
            await TakeInAsync(Revoked);
            return changed ?? (Result<AuthorityRecord>)NotFound(name);
        });
    }

    /// <summary>Finds an authority. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<AuthorityRecord>> FindAsync(string name)
    {
        try
        {
            return await FindOrNullAsync(name) is AuthorityRecord found ? found : NotFound(name);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>All authorities in the order of their names. Refusals: unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<AuthorityRecord>>> ListAsync()
    {
        try
        {
            return Result.Success(await _store.ListAsync());
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Removes an authority and ends the connections that rest on it. Refusals: not-found, unavailable.</summary>
    public ValueTask<Result<bool>> RemoveAsync(string name) => _turns.ChangeAsync<bool>(async () =>
    {
        if (!PolicyNames.IsValid(name))
            return NotFound(name);
        _owed = Removed;
        bool wasThere = await _store.RemoveAsync(name);
        await TakeInAsync(Removed);
        return wasThere ? true : NotFound(name);
    });

    /// <summary>
    /// Ends what should have been ended, where the store failed between a change and the reading of it. Fails as the store does.
    /// </summary>
    internal async ValueTask CatchUpAsync()
    {
        if (_owed is null)
            return;
        await _turns.AloneAsync(async () =>
        {
            if (_owed is string why)
                await TakeInAsync(why);
        });
    }

    private async ValueTask TakeInAsync(string why)
    {
        _connections.EndUntrusted(await _trust.ReloadAsync(), why);
        _owed = null;
    }

    private static Refusal NotFound(string name) =>
        new(RefusalKind.NotFound, $"There is no authority '{DeviceRegistry.Shorten(name)}'.");

    private Refusal? Occupied(IReadOnlyList<AuthorityRecord> all, string name, byte[] certificate)
    {
        if (all.FirstOrDefault(a => a.Name == name || a.Certificate.AsSpan().SequenceEqual(certificate)) is AuthorityRecord taken)
            return new Refusal(
                RefusalKind.Conflict, $"There is an authority '{taken.Name}' already, of that name or with that certificate.");
        return all.Count < _options.MaxAuthorities
            ? null
            : new Refusal(RefusalKind.LimitReached, $"There are {_options.MaxAuthorities} authorities, which is the limit.");
    }

    private AuthorityRecord New(string name, byte[] certificate) => new()
    {
        Name = name,
        Certificate = certificate,
        VerificationCode = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(CodeBytes)),
        IsVerified = false,
        CreatedAtMs = NowMs,
        ChangedAtMs = NowMs,
    };

    private async ValueTask<AuthorityRecord?> FindOrNullAsync(string name) =>
        PolicyNames.IsValid(name) ? await _store.FindAsync(name) : null;

    private Result<byte[]> ReadAuthority(ReadOnlySpan<byte> bytes)
    {
        if (ReadCertificate(bytes) is not X509Certificate2 certificate)
            return new Refusal(RefusalKind.Malformed, $"This is no certificate in DER or PEM of at most {MaxCertificateBytes} bytes.");
        using (certificate)
        {
            string? fault;
            try
            {
                fault = Fault(certificate);
            }
            catch (CryptographicException)
            {
                fault = "its key or one of its extensions cannot be read"; // They are looked into only when they are asked for.
            }

            return fault is null
                ? Result.Success(certificate.RawData)
                : new Refusal(RefusalKind.Malformed, $"The certificate cannot be registered as an authority: {fault}.");
        }
    }

    private string? Fault(X509Certificate2 certificate)
    {
        X509KeyUsageExtension? usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault();
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
            return "its basic constraints do not say that it is one (CA:TRUE)";
        if (usage is not null && (usage.KeyUsages & X509KeyUsageFlags.KeyCertSign) == 0)
            return "its key usage does not allow to sign certificates (keyCertSign)";
        if (PresentedCertificate.MsOf(certificate.NotAfter) <= NowMs)
            return "it has expired";
        using RSA? rsa = certificate.GetRSAPublicKey();
        using ECDsa? ecdsa = certificate.GetECDsaPublicKey();
        if (rsa is null && ecdsa is null)
            return "its key is neither RSA nor ECDSA";
        return rsa?.KeySize < MinRsaBits ? $"its RSA key has fewer than {MinRsaBits} bits" : null;
    }

    private static X509Certificate2? ReadCertificate(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxCertificateBytes * 2)
            return null;
        try
        {
            return bytes.StartsWith("-----"u8)
                ? X509Certificate2.CreateFromPem(System.Text.Encoding.Latin1.GetString(bytes))
                : X509CertificateLoader.LoadCertificate(bytes);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
