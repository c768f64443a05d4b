using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Events;
using Restante.Core.History;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Storage;

namespace Restante.Core.Issuing;

/// <summary>
/// The gateway's own issuers of certificates. The newest one issues (devices ask for it: <see cref="GatewaySubjects.Certificate"/>); older
/// ones keep their revocation lists up to date until they are removed as authorities. Everything issued is recorded.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
public sealed partial class CertificateIssuers
{
    /// <summary>The most records one page has.</summary>
    public const int MaxPage = 1_000;

    /// <summary>How long an issuer is valid when nobody says, in days.</summary>
    public const int DefaultLifetimeDays = 3_650;

    /// <summary>The longest lifetime of an issuer, in days.</summary>
    public const int MaxLifetimeDays = 36_500;

    private readonly IIssuerStore _store;
    private readonly DeviceScopes _scopes;
    private readonly AuthorityRegistry _authorities;
    private readonly AuthorityTrust _trust;
    private readonly IssuerOptions _options;
    private readonly AccessOptions _access;
    private readonly TimeProvider _time;
    private readonly EventLog _events;
    private readonly HistoryBook _history;
    private readonly CoreMetrics _metrics;
    private readonly ILogger _log;
    private volatile Dictionary<string, IssuerSigner> _signers = []; // Never changed, but replaced.

    internal CertificateIssuers(
        IIssuerStore store,
        DeviceScopes scopes,
        AuthorityRegistry authorities,
        AuthorityTrust trust,
        IssuerOptions options,
        AccessOptions access,
        TimeProvider time,
        EventLog events,
        HistoryBook history,
        CoreMetrics metrics,
        ILogger log)
    {
        _store = store;
        _scopes = scopes;
        _authorities = authorities;
        _trust = trust;
        _options = options;
        _access = access;
        _time = time;
        _events = events;
        _history = history;
        _metrics = metrics;
        _log = log;
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    // A certificate counts so much longer, and so does its revocation.
    private long ValidAtMs => NowMs - _access.ClockSkewMs;

    /// <summary>
    /// Makes an issuer with a key of its own, and registers it as an authority of that name. It is the one that issues from then on.
    /// Refusals: malformed (name or lifetime), conflict, limit-reached (too many authorities), unavailable.
    /// </summary>
    /// <param name="name">What to call it.</param>
    /// <param name="lifetimeDays">How long it is valid, 1 to <see cref="MaxLifetimeDays"/>.</param>
    public async ValueTask<Result<IssuerInfo>> CreateAsync(string name, int lifetimeDays = DefaultLifetimeDays)
    {
        if (!PolicyNames.IsValid(name))
            return new Refusal(RefusalKind.Malformed, $"The name is not allowed: {PolicyNames.RuleForAuthorities}.");
        if (lifetimeDays is < 1 or > MaxLifetimeDays)
            return new Refusal(RefusalKind.Malformed, $"An issuer is valid for 1 to {MaxLifetimeDays} days.");
        long now = NowMs;
        IssuerRecord issuer = IssuerSigner.Create(name, now, lifetimeDays * 86_400_000L);
        using IssuerSigner signer = IssuerSigner.Open(issuer);
        Result<AuthorityRecord> added = await _authorities.AddOwnAsync(issuer, signer.List([], now, _options.RevocationListLifetimeMs));
        return added.IsSuccess ? new IssuerInfo(added.Value, IsCurrent: true) : added.Refusal;
    }

    /// <summary>All issuers in the order of their names. Refusals: unavailable.</summary>
    public async ValueTask<Result<IReadOnlyList<IssuerInfo>>> ListAsync()
    {
        try
        {
            string? current = (await _trust.GetAsync()).CurrentIssuer(NowMs)?.Name;
            Result<IReadOnlyList<AuthorityRecord>> all = await _authorities.ListAsync();
            return all.IsSuccess
                ? Result.Success<IReadOnlyList<IssuerInfo>>(
                    [.. all.Value.Where(a => a.IsOwn).Select(a => new IssuerInfo(a, a.Name == current))])
                : all.Refusal;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Finds an issuer. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<IssuerInfo>> FindAsync(string name)
    {
        Result<IReadOnlyList<IssuerInfo>> all = await ListAsync();
        if (!all.IsSuccess)
            return all.Refusal;
        return all.Value.FirstOrDefault(i => i.Authority.Name == name) is IssuerInfo found
            ? found
            : new Refusal(RefusalKind.NotFound, "There is no issuer of that name.");
    }

    /// <summary>
    /// Removes an issuer, its key and its authority, and ends the connections that rest on what it has issued. Refusals: not-found,
    /// unavailable.
    /// </summary>
    public async ValueTask<Result<bool>> RemoveAsync(string name)
    {
        Result<IssuerInfo> found = await FindAsync(name);
        return found.IsSuccess ? await _authorities.RemoveAsync(name) : found.Refusal;
    }

    /// <summary>Finds the record of an issued certificate. Refusals: not-found (also when it is kept no more), unavailable.</summary>
    /// <param name="by">Who asks; it sees those of devices that it reaches.</param>
    /// <param name="serial">Its serial number in hexadecimal digits, also with colons, in either case.</param>
    public async ValueTask<Result<IssuedCertificate>> FindIssuedAsync(ServicePrincipal by, string serial)
    {
        try
        {
            return await _store.FindIssuedAsync(Normal(serial)) is IssuedCertificate found && await SeesAsync(by, found)
                ? found
                : NoCertificate;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Lists records of issued certificates, the newest first. Refusals: malformed, unavailable.</summary>
    /// <param name="by">Who asks; it sees those of devices that it reaches, and a page may have fewer for that.</param>
    /// <param name="device">Only those for devices of this id, of all generations; null for all.</param>
    /// <param name="before">Only those before this place; null for the newest.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IssuedPage>> ListIssuedAsync(ServicePrincipal by, string? device, long? before, int max)
    {
        DeviceId? only = null;
        if (device is not null)
        {
            if (!DeviceId.TryParse(device, out DeviceId id))
                return new Refusal(RefusalKind.Malformed, $"This is no device id: {DeviceId.Rule}.");
            only = id;
        }

        if (max is < 1 or > MaxPage || before < 1)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} certificates, and places begin with 1.");
        try
        {
            IReadOnlyList<IssuedCertificate> read = await _store.ListIssuedAsync(only, before ?? long.MaxValue, max);
            var seen = new List<IssuedCertificate>(read.Count);
            foreach (IssuedCertificate one in read)
            {
                if (await SeesAsync(by, one))
                    seen.Add(one);
            }

            return new IssuedPage(seen, read.Count == max ? read[^1].Place : null);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Issues a certificate that is not recorded yet: that is done together with the answer that takes it to its device. Refusals:
    /// not-found (nothing issues here). Fails as the store does.
    /// </summary>
    internal async ValueTask<Result<NewCertificate>> IssueAsync(DeviceId device, DeviceNumber number, PublicKey key)
    {
        if (await SignerAsync((await _trust.GetAsync()).CurrentIssuer(NowMs)) is not IssuerSigner signer)
            return NoIssuer;
        long now = NowMs;
        IReadOnlyList<IssuedCertificate> newest = await _store.ListIssuedAsync(device, long.MaxValue, _options.MaxLivePerDevice);
        if (newest.Count(i => i.Number == number && i.Cause == RevocationCause.None && i.UntilMs > now) >= _options.MaxLivePerDevice)
            return TooManyLive(_options.MaxLivePerDevice, newest.Min(i => i.UntilMs) - now); // The store decides; here nothing is done yet.
        (byte[] certificate, IssuedCertificate record) = signer.Issue(key, device, number, NowMs, _options.CertificateLifetimeMs);
        return new NewCertificate(record, PemOf(certificate) + "\n" + PemOf(signer.Certificate.RawData) + "\n");
    }

    /// <summary>The refusal when nothing issues.</summary>
    internal static Refusal NoIssuer { get; } = new(RefusalKind.NotFound, "The gateway issues no certificates: there is no issuer.");

    /// <summary>The refusal when as many certificates of a device are valid as may.</summary>
    /// <param name="max">How many may.</param>
    /// <param name="forMs">How long it will be so, in milliseconds.</param>
    internal static Refusal TooManyLive(int max, long forMs) => new(
        RefusalKind.Throttled, $"{max} certificates of the device are valid, which is the limit; the first of them has to end.")
    {
        RetryAfterMs = Math.Max(1, forMs),
    };

    private static Refusal NoCertificate { get; } =
        new(RefusalKind.NotFound, "There is no certificate of that serial number, or its record is kept no more.");

    /// <summary>A certificate is on its way to its device.</summary>
    internal void Issued(IssuedCertificate issued)
    {
        _metrics.CertificateIssued();
        _events.CertificateIssued(issued.Device.Value, issued.Serial, issued.UntilMs);
        _history.CertificateIssued(issued);
    }

    private static string PemOf(byte[] certificate) => PemEncoding.WriteString("CERTIFICATE", certificate);

    private static string Normal(string serial) =>
        serial.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).TrimStart('0').ToUpperInvariant();

    // Who does not reach all sees those of devices that are there, and not what an earlier device of the id had.
    private async ValueTask<bool> SeesAsync(ServicePrincipal by, IssuedCertificate issued) =>
        by.ReachesAll || (await _scopes.FindAsync(by, issued.Device))?.Number == issued.Number;

    // Keys are read when they are first needed; those of issuers that are gone are let go.
    private async ValueTask<IssuerSigner?> SignerAsync(TrustedAuthority? issuer)
    {
        if (issuer is null)
            return null;
        if (_signers.TryGetValue(issuer.Thumbprint, out IssuerSigner? known))
            return known;
        var signers = new Dictionary<string, IssuerSigner>();
        foreach (IssuerRecord record in await _store.ListAsync())
        {
            string thumbprint = CertificateThumbprint.Of(record.Certificate).ToString();
            try
            {
                signers[thumbprint] = _signers.GetValueOrDefault(thumbprint) ?? IssuerSigner.Open(record);
            }
            catch (CryptographicException e)
            {
                if (issuer.Thumbprint == thumbprint && issuer.MayWarn(NowMs))
                    Log.IssuerUnreadable(_log, e, record.Name);
            }
        }

        _signers = signers;
        return signers.GetValueOrDefault(issuer.Thumbprint);
    }
}
