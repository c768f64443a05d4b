using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;

namespace Restante.Core.Access;

/// <summary>
/// Devices that are not there yet: who proves to belong to an enrolment group becomes one. What is tried for it is tried for a device that
/// is there as well, so that a refusal costs the same for both.
/// </summary>
public sealed partial class Authenticator
{
    // What stands in for a name that is none: its keys are derived like anybody's.
    private static readonly DeviceId s_nobody = DeviceId.Parse("nobody");

    /// <summary>Tries the key or token of somebody who is not let in otherwise.</summary>
    /// <param name="known">The device of that name; null when there is none.</param>
    /// <param name="name">As whom it comes.</param>
    /// <param name="attempt">What it presents.</param>
    /// <param name="token">Its token; null for a key.</param>
    /// <param name="counts">False when the token does not count, whoever signed it.</param>
    private async ValueTask<Principal?> EnrolByKeyAsync(
        DeviceRecord? known, string? name, AuthenticationAttempt attempt, SharedAccessSignature? token, bool counts)
    {
        bool isName = DeviceId.TryParse(name, out DeviceId id);
        DerivedPair? proved = null;
        foreach (EnrolmentGroup group in await _enroller.GroupsAsync())
        {
            if (group is not { PrimaryKey: SymmetricKey primary, SecondaryKey: SymmetricKey secondary })
                continue;
            DeviceId named = isName ? id : s_nobody;
            var pair = new DerivedPair(group, DerivedKey.Of(primary, named), DerivedKey.Of(secondary, named));
            bool isOfGroup = Match(attempt.Password, token, pair.Primary, pair.Secondary) is not null && isName && group.Names(id);
            if (isOfGroup && (proved is null || !Takes(proved.Group)))
                proved = pair;
        }

        if (known is not null || proved is null || !counts)
            return null;
        EnrolmentResult result = await _enroller.EnrolAsync(proved.Group, id, proved.Primary, proved.Secondary, null, attempt.Connection);
        DeviceRecord? device = result.Device ?? await FindRivalAsync(result, id);
        return AsDevice(device, Match(attempt.Password, token, device?.Primary, device?.Secondary), TokenRules.EndOf(token, _options));
    }

    /// <summary>
    /// Tries a claim: the device that has used it, by the key or certificate that it chose then, or one that is not there yet.
    /// </summary>
    private async ValueTask<Principal?> AuthenticateClaimAsync(
        string? name, AuthenticationAttempt attempt, ClaimPassword claim, PresentedCertificate? beside)
    {
        ClaimHash hash = claim.Token.Hash();
        DeviceRecord? device = await FindDeviceAsync(name);
        bool isName = DeviceId.TryParse(name, out DeviceId id);
        Work.LookedUp();
        EnrolmentClaim? open = await _enroller.FindClaimAsync(hash);
        Work.LookedUp();
        EnrolledDevice? entry = isName ? await _enroller.FindEnrolledAsync(id) : null;
        ChainFindings chain = default;
        if (beside is not null)
            chain = _check.Follow(beside, await _trust.GetAsync(), NowMs);
        bool isSound = beside is not null && FaultOfPinned(beside, chain) == CertificateFault.None;
        Credential? chosen = claim.Key is not null ? claim.Key : isSound ? beside!.Thumbprint : null;
        long expiresAtMs = beside is null ? long.MaxValue : beside.NotAfterMs + _options.ClockSkewMs;
        CredentialSlot? slot = MatchChosen(chosen, device);
        if (device is not null)
        {
            bool isUsedByIt = entry is not null && entry.Number == device.Number && entry.Claim == hash;
            Principal? known = isUsedByIt ? AsDevice(device, slot, expiresAtMs, OfPinned(chain)) : null;
            if (known is null)
                NoteRefused(device, attempt, Cause(isUsedByIt && slot is not null, true, false, true));
            return known;
        }

        bool isFor = open is not null && open.ExpiresAtMs > NowMs && (open.Device is null || open.Device == id);
        EnrolmentGroup? group = (await _enroller.GroupsAsync()).FirstOrDefault(g => g.Number == open?.Group);
        if (!isName || !isFor || chosen is null || group?.Names(id) != true)
            return null;
        EnrolmentResult result = await _enroller.EnrolAsync(group, id, chosen, Credential.None, hash, attempt.Connection);
        if (result.Status is EnrolmentStatus.DeviceExists or EnrolmentStatus.ClaimGone)
            return await AfterRivalAsync(id, hash, chosen, expiresAtMs, OfPinned(chain));
        return AsDevice(result.Device, CredentialSlot.Primary, expiresAtMs, OfPinned(chain));
    }

    /// <summary>
    /// Tries the certificate of somebody who is not let in otherwise. It enrols the first of its names that can be a device's and no other,
    /// so that a device that was disabled or removed does not come back by another name of its certificate.
    /// </summary>
    private async ValueTask<Principal?> EnrolByCertificateAsync(
        AuthenticationAttempt attempt, PresentedCertificate certificate, ChainFindings chain, IReadOnlyList<DeviceId> known)
    {
        if (certificate.Fault != CertificateFault.None || chain is not { Fault: CertificateFault.None, Proof: AuthorityProof proof })
            return null;
        if (chain.Generation is not null)
            return null; // It is for a device that was there when one of the gateway's own issuers made it, and for no later one.
        if (!DeviceId.TryParse(certificate.Names.FirstOrDefault(n => DeviceId.IsValid(n)), out DeviceId id) || known.Contains(id))
            return null;
        if (attempt.UserName is string name && name != id.Value)
            return null;
        EnrolmentGroup? group = null;
        foreach (EnrolmentGroup candidate in await _enroller.GroupsAsync())
        {
            bool proves = candidate.Kind == EnrolmentKind.Authority && candidate.Names(id)
                && (candidate.Authority is null || proof.RestsOn(candidate.Authority));
            if (proves && (group is null || !Takes(group)))
                group = candidate;
        }

        if (group is null)
            return null;
        var signed = new AuthoritySigned(group.Authority ?? proof.Authority);
        EnrolmentResult result = await _enroller.EnrolAsync(group, id, signed, Credential.None, null, attempt.Connection);
        DeviceRecord? device = result.Device ?? await FindRivalAsync(result, id);
        return device is null ? null : AsDevice(device, certificate, chain, attempt);
    }

    private bool Takes(EnrolmentGroup group) => group.IsEnabled && group.ExpiresAtMs > NowMs;

    // Two connections of one device may both be its first; who comes second is known by then.
    private async ValueTask<DeviceRecord?> FindRivalAsync(EnrolmentResult result, DeviceId id) =>
        result.Status == EnrolmentStatus.DeviceExists ? await _registry.FindDeviceAsync(id) : null;

    private async ValueTask<Principal?> AfterRivalAsync(
        DeviceId id, ClaimHash hash, Credential chosen, long expiresAtMs, AuthorityProof? proof)
    {
        DeviceRecord? device = await _registry.FindDeviceAsync(id);
        EnrolledDevice? entry = await _enroller.FindEnrolledAsync(id);
        return device is not null && entry?.Number == device.Number && entry.Claim == hash
            ? AsDevice(device, MatchChosen(chosen, device), expiresAtMs, proof)
            : null;
    }

    private CredentialSlot? MatchChosen(Credential? chosen, DeviceRecord? device)
    {
        Credential given = chosen ?? _nobodysThumbprint;
        bool first = AreEqual(given, device?.Primary ?? _nobodysKey);
        bool second = AreEqual(given, device?.Secondary ?? _nobodysKey);
        return first ? CredentialSlot.Primary : second ? CredentialSlot.Secondary : null;
    }

    // The keys of one device, derived from those of a group.
    private sealed record DerivedPair(EnrolmentGroup Group, SymmetricKey Primary, SymmetricKey Secondary);
}
