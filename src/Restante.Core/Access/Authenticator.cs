using Microsoft.Extensions.Logging;
using Restante.Core.Audit;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.History;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Access;

/// <summary>
/// Decides who a peer is. Every failure is the same refusal and does the same work: an unknown name is compared with a key that nobody has,
/// both slots are always tried, a disabled device is found out only after its credentials were, and all are told after the same time.
/// </summary>
public sealed partial class Authenticator
{
    /// <summary>What the user name of a service begins with.</summary>
    public const string PolicyPrefix = "policy/";

    private readonly IRegistryStore _registry;
    private readonly AuthorityTrust _trust;
    private readonly AccessOptions _options;
    private readonly CertificateCheck _check;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly HistoryBook _history;
    private readonly AuditLog _audit;
    private readonly FailureLedger _failures;
    private readonly Enroller _enroller;
    private readonly SymmetricKey _nobodysKey = SymmetricKey.Generate();
    private readonly CertificateThumbprint _nobodysThumbprint = CertificateThumbprint.Of(SymmetricKey.Generate().Bytes);

    internal Authenticator(
        IRegistryStore registry,
        AuthorityTrust trust,
        Enroller enroller,
        GatewayLimits limits,
        AccessOptions options,
        TimeProvider time,
        CoreMetrics metrics,
        HistoryBook history,
        AuditLog audit,
        ILogger log)
    {
        _registry = registry;
        _trust = trust;
        _enroller = enroller;
        _options = options;
        _check = new CertificateCheck(options, metrics, log);
        _time = time;
        _metrics = metrics;
        _history = history;
        _audit = audit;
        _failures = new FailureLedger(limits, time);
    }

    /// <summary>For tests: what authentications have cost.</summary>
    internal AuthenticationWork Work { get; } = new();

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Checks credentials. A refusal is <see cref="Refusal.NotAuthenticated"/>, whatever the cause, <c>throttled</c> for a source that
    /// failed too often with this name or in all, or <c>unavailable</c> when the registry cannot be read.
    /// </summary>
    public async ValueTask<Result<Principal>> AuthenticateAsync(AuthenticationAttempt attempt)
    {
        attempt = attempt with { Findings = attempt.Findings ?? new AttemptFindings() };
        long began = attempt.Findings.Begin(_time);
        using PresentedCertificate? certificate = attempt.Certificate is null
            ? null
            : PresentedCertificate.Read(attempt.Certificate, NowMs, _options.ClockSkewMs);
        SharedAccessSignature? token = certificate is null ? SharedAccessSignature.TryParse(attempt.Password) : null;
        ClaimPassword? claim = certificate is null ? ClaimPassword.TryParse(attempt.Password) : null;
        using PresentedCertificate? beside = claim is not { Key: null } || attempt.Beside is null
            ? null
            : PresentedCertificate.Read(attempt.Beside, NowMs, _options.ClockSkewMs);
        string? name = attempt.UserName ?? (certificate ?? beside)?.Name ?? OwnerOf(token);
        if (_failures.Begin(attempt.Source, name, attempt.IsFollowed) is long waitMs and > 0)
        {
            _metrics.AuthenticationRefused("throttled");
            _history.RefusedUnseen(name, attempt.Connection);
            NoteRefused(attempt, RefusalKind.Throttled);
            return new Refusal(RefusalKind.Throttled, $"Too many wrong credentials came from this address. Come back in {waitMs} ms.")
            {
                RetryAfterMs = waitMs,
            };
        }

        try
        {
            Principal? principal;
            if (certificate is not null)
                principal = await AuthenticateByCertificateAsync(attempt, certificate);
            else if (name is not null && name.StartsWith(PolicyPrefix, StringComparison.Ordinal))
                principal = await AuthenticatePolicyAsync(name[PolicyPrefix.Length..], attempt, token);
            else if (claim is not null)
                principal = await AuthenticateClaimAsync(name, attempt, claim, beside);
            else
                principal = await AuthenticateDeviceAsync(name, attempt, token);
            if (principal is not null)
            {
                principal.IsPaced = attempt.IsPaced;
                principal.Connection = attempt.Connection;
                _failures.Forgive(attempt.Source, name);
                _metrics.Authenticated(principal);
                return principal;
            }
        }
        catch (StoreUnavailableException)
        {
            _metrics.AuthenticationRefused("unavailable");
            return Refusal.StoreUnavailable;
        }

        _metrics.AuthenticationRefused(certificate is null ? "credentials" : "certificate");
        if (!attempt.IsFollowed)
        {
            _failures.Record(attempt.Source, name);
            NoteRefused(attempt, RefusalKind.Unauthorized);
            await WaitToRefuseAsync(began);
        }

        return Refusal.NotAuthenticated;
    }

    // The work is the same for all, but a device that is not in memory is read from the disk: what is left of the time hides it.
    private Task WaitToRefuseAsync(long began)
    {
        double leftMs = _options.RefusalMs - _time.GetElapsedTime(began).TotalMilliseconds;
        return leftMs > 0 ? Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(leftMs)), _time) : Task.CompletedTask;
    }

    private void NoteRefused(AuthenticationAttempt attempt, RefusalKind kind)
    {
        AttemptFindings findings = attempt.Findings!;
        _audit.Refused(new AuditEntry
        {
            Act = "authenticate",
            By = AuditActor.Claimed(findings.IsDevice, findings.Name, attempt.Connection),
            Refusal = kind,
            Detail = kind == RefusalKind.Throttled ? RefusalCauses.Throttled : findings.Cause ?? RefusalCauses.Nobody,
        });
    }

    private static string? OwnerOf(SharedAccessSignature? token)
    {
        if (token is null)
            return null;
        if (token.Policy is not null)
            return PolicyPrefix + token.Policy;
        int at = token.Resource.LastIndexOf("devices/", StringComparison.Ordinal);
        return at < 0 ? null : token.Resource[(at + "devices/".Length)..];
    }

    private async ValueTask<DeviceRecord?> FindDeviceAsync(string? name)
    {
        Work.LookedUp();
        return DeviceId.TryParse(name, out DeviceId id) ? await _registry.FindDeviceAsync(id) : null;
    }

    private async ValueTask<PolicyRecord?> FindPolicyAsync(string? name)
    {
        Work.LookedUp();
        return PolicyNames.IsValid(name) ? await _registry.FindPolicyAsync(name!) : null;
    }

    private async ValueTask<Principal?> AuthenticateDeviceAsync(string? name, AuthenticationAttempt attempt, SharedAccessSignature? token)
    {
        DeviceRecord? device = await FindDeviceAsync(name);
        CredentialSlot? slot = Match(attempt.Password, token, device?.Primary, device?.Secondary);
        long expiresAtMs = TokenRules.EndOf(token, _options);
        bool live = expiresAtMs > NowMs;
        bool tooLong = TokenRules.IsTooLong(token, _options, NowMs);
        bool scoped = token is null || (token.Policy is null && Covers(token.Resource, name));
        bool counts = live && !tooLong && scoped;
        Principal? principal = counts ? AsDevice(device, slot, expiresAtMs) : null;
        principal ??= await EnrolByKeyAsync(device, name, attempt, token, counts);

        // The peer is told nothing of this, the device's operator all.
        if (principal is null && device is not null)
            NoteRefused(device, attempt, Cause(slot is not null, live, tooLong, scoped));
        return principal;
    }

    private void NoteRefused(DeviceRecord device, AuthenticationAttempt attempt, string cause)
    {
        _history.Refused(device.Id, attempt.Connection, cause);
        attempt.Findings!.Found(isDevice: true, device.Id.Value, cause);
    }

    // Null unless the device is there, may connect, and has been proved to be who comes.
    private static DevicePrincipal? AsDevice(DeviceRecord? device, CredentialSlot? slot, long expiresAtMs, AuthorityProof? proof = null) =>
        device is { Status: DeviceStatus.Enabled } && slot is CredentialSlot used
            ? new DevicePrincipal(device.Id, device.Number, used, expiresAtMs)
            {
                Used = used == CredentialSlot.Primary ? device.Primary : device.Secondary,
                Proof = proof,
            }
            : null;

    private static string Cause(bool proven, bool live, bool tooLong, bool scoped) => (proven, live, tooLong, scoped) switch
    {
        (false, _, _, _) => RefusalCauses.WrongCredentials,
        (_, false, _, _) => RefusalCauses.TokenExpired,
        (_, _, true, _) => RefusalCauses.TokenTooLong,
        (_, _, _, false) => RefusalCauses.ForeignToken,
        _ => RefusalCauses.Disabled,
    };

    private async ValueTask<Principal?> AuthenticatePolicyAsync(string name, AuthenticationAttempt attempt, SharedAccessSignature? token)
    {
        PolicyRecord? policy = await FindPolicyAsync(name);
        CredentialSlot? slot = Match(attempt.Password, token, policy?.Primary, policy?.Secondary);
        long expiresAtMs = TokenRules.EndOf(token, _options);
        bool live = expiresAtMs > NowMs && !TokenRules.IsTooLong(token, _options, NowMs);
        bool scoped = token is null || string.Equals(token.Policy, name, StringComparison.Ordinal);
        if (policy is not null && slot is CredentialSlot used && live && scoped)
        {
            return new ServicePrincipal(policy.Name, policy.Rights, used, expiresAtMs)
            {
                Used = used == CredentialSlot.Primary ? policy.Primary : policy.Secondary,
                Scope = policy.Scope,
                TokenAddress = token is null ? null : TokenScope.Of(token.Resource),
            };
        }

        if (policy is not null)
            attempt.Findings!.Found(isDevice: false, policy.Name, slot is null ? RefusalCauses.WrongCredentials : RefusalCauses.UnfitToken);
        return null;
    }

    // A slot without a key is compared with a key that nobody has, as the slots of a device that does not exist are.
    private CredentialSlot? Match(string password, SharedAccessSignature? token, Credential? inFirst, Credential? inSecond)
    {
        SymmetricKey primary = inFirst as SymmetricKey ?? _nobodysKey;
        SymmetricKey secondary = inSecond as SymmetricKey ?? _nobodysKey;
        bool first, second;
        if (token is not null)
        {
            first = IsSignedBy(token, primary);
            second = IsSignedBy(token, secondary);
        }
        else
        {
            // A password that is no key is compared as well, so that it takes the time of one that is.
            bool isKey = SymmetricKey.TryParse(password, out SymmetricKey? given);
            given ??= SymmetricKey.FromBytes(stackalloc byte[SymmetricKey.LengthBytes]);
            first = AreEqual(given, primary) & isKey;
            second = AreEqual(given, secondary) & isKey;
        }

        return first ? CredentialSlot.Primary : second ? CredentialSlot.Secondary : null;
    }

    private bool IsSignedBy(SharedAccessSignature token, SymmetricKey key)
    {
        Work.Compared();
        return token.IsSignedBy(key);
    }

    private bool AreEqual(Credential given, Credential held)
    {
        Work.Compared();
        return given.Equals(held);
    }

    // The resource is "devices/ID" or "HOST/devices/ID"; the host is not compared, as gateways go by several names.
    private static bool Covers(string resource, string? device)
    {
        string path = $"devices/{device}";
        return string.Equals(resource, path, StringComparison.Ordinal)
            || (resource.EndsWith("/" + path, StringComparison.Ordinal)
                && resource.AsSpan(0, resource.Length - path.Length - 1).IndexOf('/') < 0);
    }
}
