using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Enrolment;

/// <summary>Hands out the one-time claims of enrolment groups.</summary>
public sealed class EnrolmentClaims
{
    /// <summary>The most claims that one call makes.</summary>
    public const int MaxPerCall = 1_000;

    /// <summary>The most claims one listing returns.</summary>
    public const int MaxPage = 1_000;

    private const int MaxDroppedPerSweep = 2_000;

    private readonly IEnrolmentStore _store;
    private readonly GatewayLimits _limits;
    private readonly TimeProvider _time;

    internal EnrolmentClaims(IEnrolmentStore store, GatewayLimits limits, TimeProvider time)
    {
        _store = store;
        _limits = limits;
        _time = time;
    }

    private static Refusal NoGroup { get; } = new(RefusalKind.NotFound, "There is no enrolment group of that name.");

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Makes claims, all or none; their tokens are shown here and never again. Refusals: not-found, malformed (a group without claims, the
    /// count, the end, or an id that the group does not take), limit-reached (too many that wait), unavailable.
    /// </summary>
    /// <param name="group">The group's name.</param>
    /// <param name="terms">What is wanted.</param>
    public async ValueTask<Result<IReadOnlyList<IssuedClaim>>> CreateAsync(string group, ClaimTerms terms)
    {
        if (terms.Count is < 1 or > MaxPerCall)
            return new Refusal(RefusalKind.Malformed, $"1 to {MaxPerCall} claims are made at a time, not {terms.Count}.");
        if (terms is { Count: > 1, Device: not null })
            return new Refusal(RefusalKind.Malformed, "A device needs one claim only.");
        long now = NowMs;
        long ends = terms.ExpiresAtMs ?? now + _limits.DefaultClaimMs;
        if (ends <= now || ends - now > _limits.MaxClaimMs)
            return new Refusal(RefusalKind.Malformed, $"A claim ends in the future and within {_limits.MaxClaimMs} ms.");
        try
        {
            if (await FindAsync(group) is not EnrolmentGroup found)
                return NoGroup;
            if (found.Kind != EnrolmentKind.Claim)
                return new Refusal(RefusalKind.Malformed, $"The group '{group}' has no claims: its kind is {found.Kind.Name()}.");
            if (terms.Device is DeviceId device && !found.Names(device))
                return new Refusal(RefusalKind.Malformed, $"The ids of the group '{group}' begin with '{found.IdPrefix}'.");
            List<IssuedClaim> issued = [.. Enumerable.Range(0, terms.Count).Select(_ => Issue(found.Number, terms.Device, now, ends))];
            ClaimsResult added = await _store.AddClaimsAsync(issued.ConvertAll(i => i.Claim), _limits.MaxClaimsPerEnrolmentGroup);
            return added.Status switch
            {
                ClaimsStatus.Added => Result.Success<IReadOnlyList<IssuedClaim>>(
                    [.. issued.Zip(added.Claims, static (i, claim) => i with { Claim = claim })]),
                ClaimsStatus.NotFound => NoGroup,
                _ => new Refusal(
                    RefusalKind.LimitReached, $"At most {_limits.MaxClaimsPerEnrolmentGroup} claims of a group wait to be used."),
            };
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>The claims of a group that wait to be used. Refusals: not-found, malformed, unavailable.</summary>
    /// <param name="group">The group's name.</param>
    /// <param name="after">The number to go on after; null to begin.</param>
    /// <param name="max">1 to <see cref="MaxPage"/>.</param>
    public async ValueTask<Result<IReadOnlyList<EnrolmentClaim>>> ListAsync(string group, long? after, int max)
    {
        if (max is < 1 or > MaxPage || after < 0)
            return new Refusal(RefusalKind.Malformed, $"A page has 1 to {MaxPage} claims.");
        try
        {
            return await FindAsync(group) is EnrolmentGroup found
                ? Result.Success(await _store.ListClaimsAsync(found.Number, new ClaimNumber(after ?? 0), max))
                : NoGroup;
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Takes a claim back that was not used. Refusals: not-found, unavailable.</summary>
    public async ValueTask<Result<bool>> RemoveAsync(string group, ClaimNumber claim)
    {
        try
        {
            if (await FindAsync(group) is not EnrolmentGroup found)
                return NoGroup;
            return await _store.RemoveClaimAsync(found.Number, claim)
                ? true
                : new Refusal(RefusalKind.NotFound, $"The group '{group}' has no claim {claim} that waits to be used.");
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>Drops claims that have ended. Fails as the store does.</summary>
    internal async ValueTask SweepAsync()
    {
        while (await _store.SweepAsync(NowMs, MaxDroppedPerSweep) == MaxDroppedPerSweep)
        {
        }
    }

    private static IssuedClaim Issue(EnrolmentNumber group, DeviceId? device, long now, long ends)
    {
        ClaimToken token = ClaimToken.Generate();
        return new IssuedClaim(token, new EnrolmentClaim
        {
            Group = group,
            Hash = token.Hash(),
            Device = device,
            CreatedAtMs = now,
            ExpiresAtMs = ends,
        });
    }

    private async ValueTask<EnrolmentGroup?> FindAsync(string group) =>
        PolicyNames.IsValid(group) ? await _store.FindGroupAsync(group) : null;
}
