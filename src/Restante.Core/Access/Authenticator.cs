using Restante.Core.Devices;
using Restante.Core.History;
using Restante.Core.Limits;
using Restante.Core.Metrics;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Access;

/// <summary>
/// Decides who a peer is. Every failure is the same refusal and does the same work: an unknown name is compared with a key that nobody has,
/// both keys are always tried, and a disabled device is found out only after its keys were.
/// </summary>
public sealed class Authenticator
{
    /// <summary>What the user name of a service begins with.</summary>
    public const string PolicyPrefix = "policy/";

    private readonly IRegistryStore _registry;
    private readonly TimeProvider _time;
    private readonly CoreMetrics _metrics;
    private readonly HistoryBook _history;
    private readonly FailureLedger _failures;
    private readonly SymmetricKey _nobodysKey = SymmetricKey.Generate();

    internal Authenticator(IRegistryStore registry, GatewayLimits limits, TimeProvider time, CoreMetrics metrics, HistoryBook history)
    {
        _registry = registry;
        _time = time;
        _metrics = metrics;
        _history = history;
        _failures = new FailureLedger(
            limits.MaxAuthenticationFailuresPerMinute, limits.MaxAuthenticationFailuresPerSourcePerMinute, time);
    }

    /// <summary>
    /// Checks credentials. A refusal is <see cref="Refusal.NotAuthenticated"/>, whatever the cause, <c>throttled</c> for a source that failed
    /// too often with this name or in all, or <c>unavailable</c> when the registry cannot be read.
    /// </summary>
    public async ValueTask<Result<Principal>> AuthenticateAsync(AuthenticationAttempt attempt)
    {
        SharedAccessSignature? token = SharedAccessSignature.TryParse(attempt.Password);
        string? name = attempt.UserName ?? OwnerOf(token);
        if (_failures.IsBlocked(attempt.Source, name))
        {
            _metrics.AuthenticationRefused("throttled");
            _history.RefusedUnseen(name, attempt.Connection);
            return new Refusal(RefusalKind.Throttled, "Too many wrong credentials came from this address. Try again in a minute.");
        }

        try
        {
            Principal? principal = name is not null && name.StartsWith(PolicyPrefix, StringComparison.Ordinal)
                ? await AuthenticatePolicyAsync(name[PolicyPrefix.Length..], attempt.Password, token)
                : await AuthenticateDeviceAsync(name, attempt, token);
            if (principal is not null)
            {
                _metrics.Authenticated(principal);
                return principal;
            }
        }
        catch (StoreUnavailableException)
        {
            _metrics.AuthenticationRefused("unavailable");
            return Refusal.StoreUnavailable;
        }

        if (!attempt.IsFollowed)
            _failures.Record(attempt.Source, name);
        _metrics.AuthenticationRefused("credentials");
        return Refusal.NotAuthenticated;
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

    private async ValueTask<Principal?> AuthenticateDeviceAsync(string? name, AuthenticationAttempt attempt, SharedAccessSignature? token)
    {
        DeviceRecord? device = DeviceId.TryParse(name, out DeviceId id) ? await _registry.FindDeviceAsync(id) : null;
        CredentialSlot? slot = Match(attempt.Password, token, device?.Primary, device?.Secondary);
        bool live = IsLive(token, out long expiresAtMs);
        bool scoped = token is null || (token.Policy is null && Covers(token.Resource, name));
        bool enabled = device is { Status: DeviceStatus.Enabled };
        if (device is not null && slot is CredentialSlot used && live && scoped && enabled)
        {
            return new DevicePrincipal(device.Id, device.Number, used, expiresAtMs)
            {
                Used = used == CredentialSlot.Primary ? device.Primary : device.Secondary,
            };
        }

        // The peer is told nothing of this, the device's operator all.
        if (device is not null)
            _history.Refused(device.Id, attempt.Connection, Cause(slot is not null, live, scoped));
        return null;
    }

    private static string Cause(bool proven, bool live, bool scoped) => (proven, live, scoped) switch
    {
        (false, _, _) => RefusalCauses.WrongCredentials,
        (_, false, _) => RefusalCauses.TokenExpired,
        (_, _, false) => RefusalCauses.ForeignToken,
        _ => RefusalCauses.Disabled,
    };

    private async ValueTask<Principal?> AuthenticatePolicyAsync(string name, string password, SharedAccessSignature? token)
    {
        PolicyRecord? policy = PolicyNames.IsValid(name) ? await _registry.FindPolicyAsync(name) : null;
        CredentialSlot? slot = Match(password, token, policy?.Primary, policy?.Secondary);
        bool live = IsLive(token, out long expiresAtMs);
        bool scoped = token is null || string.Equals(token.Policy, name, StringComparison.Ordinal);
        return policy is not null && slot is CredentialSlot used && live && scoped
            ? new ServicePrincipal(policy.Name, policy.Rights, used, expiresAtMs)
            {
                Used = used == CredentialSlot.Primary ? policy.Primary : policy.Secondary,
            }
            : null;
    }

    // A slot without a key is compared with a key that nobody has, as the slots of a device that does not exist are.
    private CredentialSlot? Match(string password, SharedAccessSignature? token, Credential? inFirst, Credential? inSecond)
    {
        SymmetricKey primary = inFirst as SymmetricKey ?? _nobodysKey;
        SymmetricKey secondary = inSecond as SymmetricKey ?? _nobodysKey;
        bool first, second;
        if (token is not null)
        {
            first = token.IsSignedBy(primary);
            second = token.IsSignedBy(secondary);
        }
        else
        {
            // A password that is no key is compared as well, so that it takes the time of one that is.
            bool isKey = SymmetricKey.TryParse(password, out SymmetricKey? given);
            given ??= SymmetricKey.FromBytes(stackalloc byte[SymmetricKey.LengthBytes]);
            first = given.Equals(primary) & isKey;
            second = given.Equals(secondary) & isKey;
        }

        return first ? CredentialSlot.Primary : second ? CredentialSlot.Secondary : null;
    }

    private bool IsLive(SharedAccessSignature? token, out long expiresAtMs)
    {
        expiresAtMs = token is null ? long.MaxValue : token.ExpiresAtSeconds * 1000;
        return expiresAtMs > _time.GetUtcNow().ToUnixTimeMilliseconds();
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
