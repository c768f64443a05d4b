using Restante.Core.Devices;
using Restante.Core.History;

namespace Restante.Core.Access;

/// <summary>Certificates: they are judged before anybody is looked up, and every name is looked up as a device and as a policy.</summary>
public sealed partial class Authenticator
{
    private async ValueTask<Principal?> AuthenticateByCertificateAsync(AuthenticationAttempt attempt, PresentedCertificate certificate)
    {
        TrustedAuthorities trust = await _trust.GetAsync();
        Work.Followed();
        ChainFindings chain = _check.Follow(certificate, trust, NowMs);
        var known = new List<DeviceId>();
        var fitting = new List<Principal>(1);
        foreach (string name in attempt.UserName is null ? certificate.Names : [attempt.UserName])
        {
            bool isPolicy = name.StartsWith(PolicyPrefix, StringComparison.Ordinal);
            DeviceRecord? device = await FindDeviceAsync(isPolicy ? null : name);
            PolicyRecord? policy = await FindPolicyAsync(isPolicy ? name[PolicyPrefix.Length..] : attempt.UserName is null ? name : null);
            Principal? asDevice = AsDevice(device, certificate, chain, attempt);
            Principal? asPolicy = AsPolicy(policy, certificate, chain, attempt);
            if (asDevice is not null)
                fitting.Add(asDevice);
            if (asPolicy is not null)
                fitting.Add(asPolicy);
            if (device is not null)
                known.Add(device.Id);
        }

        if (fitting.Count > 1)
            return Ambiguous(fitting, attempt);
        return fitting.Count == 1 ? fitting[0] : await EnrolByCertificateAsync(attempt, certificate, chain, known);
    }

    // Whoever enters a device or a policy by one name of a certificate must not become its owner by another.
    private Principal? Ambiguous(List<Principal> fitting, AuthenticationAttempt attempt)
    {
        foreach (Principal one in fitting)
        {
            if (one is DevicePrincipal device)
                _history.Refused(device.Id, attempt.Connection, RefusalCauses.Ambiguous);
            attempt.Findings!.Found(one is DevicePrincipal, one.Name, RefusalCauses.Ambiguous);
        }

        return null;
    }

    private DevicePrincipal? AsDevice(
        DeviceRecord? device, PresentedCertificate certificate, ChainFindings chain, AuthenticationAttempt attempt)
    {
        bool first = Fits(device?.Primary, device, certificate, chain, out CertificateFault firstFault);
        bool second = Fits(device?.Secondary, device, certificate, chain, out CertificateFault secondFault);
        bool enabled = device is { Status: DeviceStatus.Enabled };
        if (device is null)
            return null;
        if (enabled && (first || second))
        {
            Credential used = first ? device.Primary : device.Secondary;
            bool bySignature = used is AuthoritySigned;
            CredentialSlot slot = first ? CredentialSlot.Primary : CredentialSlot.Secondary;
            long expiresAtMs = (bySignature ? chain.ExpiresAtMs : certificate.NotAfterMs) + _options.ClockSkewMs;
            return new DevicePrincipal(device.Id, device.Number, slot, expiresAtMs)
            {
                Used = used,
                Proof = bySignature ? chain.Proof : OfPinned(chain),
            };
        }

        CertificateFault fault = firstFault == CertificateFault.None ? secondFault : firstFault;
        NoteRefused(device, attempt, first || second ? RefusalCauses.Disabled : RefusalCauses.Of(fault));
        return null;
    }

    private ServicePrincipal? AsPolicy(
        PolicyRecord? policy, PresentedCertificate certificate, ChainFindings chain, AuthenticationAttempt attempt)
    {
        CertificateFault fault = FaultOfPinned(certificate, chain);
        bool isSound = fault == CertificateFault.None;
        bool first = IsPinned(policy?.Primary, certificate) && isSound;
        bool second = IsPinned(policy?.Secondary, certificate) && isSound;
        CredentialSlot slot = first ? CredentialSlot.Primary : CredentialSlot.Secondary;
        if (policy is null)
            return null;
        if (first || second)
        {
            return new ServicePrincipal(policy.Name, policy.Rights, slot, certificate.NotAfterMs + _options.ClockSkewMs)
            {
                Used = first ? policy.Primary : policy.Secondary,
                Proof = OfPinned(chain),
                Scope = policy.Scope,
            };
        }

        attempt.Findings!.Found(isDevice: false, policy.Name, RefusalCauses.Of(fault));
        return null;
    }

    // The fault is None when the slot is of another kind, or another certificate's.
    private bool Fits(
        Credential? held, DeviceRecord? device, PresentedCertificate certificate, ChainFindings chain, out CertificateFault fault)
    {
        fault = CertificateFault.None;
        if (IsPinned(held, certificate))
        {
            fault = FaultOfPinned(certificate, chain);
            return fault == CertificateFault.None;
        }

        if (held is not AuthoritySigned signed || device is null || !certificate.Names.Contains(device.Id.Value, StringComparer.Ordinal))
            return false;
        fault = certificate.Fault != CertificateFault.None ? certificate.Fault : chain.Fault;
        if (fault == CertificateFault.None && signed.Authority is string only && !chain.Proof!.RestsOn(only))
            fault = CertificateFault.NotTrusted;
        if (fault == CertificateFault.None && chain.Generation is DeviceNumber generation && generation != device.Number)
            fault = CertificateFault.Outlived;
        return fault == CertificateFault.None;
    }

    // Whoever signed a certificate that is known by its thumbprint: where that is a registered authority, its list is asked.
    private static CertificateFault FaultOfPinned(PresentedCertificate certificate, ChainFindings chain) =>
        certificate.Fault != CertificateFault.None ? certificate.Fault
        : chain.Fault is CertificateFault.Revoked or CertificateFault.ListExpired ? chain.Fault
        : CertificateFault.None;

    private static AuthorityProof? OfPinned(ChainFindings chain) => chain.Proof is null ? null : chain.Proof with { IsPinned = true };

    // A slot without a thumbprint is compared with one that nobody has.
    private bool IsPinned(Credential? held, PresentedCertificate certificate) =>
        AreEqual(certificate.Thumbprint, held as CertificateThumbprint ?? _nobodysThumbprint);
}
