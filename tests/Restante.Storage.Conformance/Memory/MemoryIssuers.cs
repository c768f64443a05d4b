using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Issuing;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

internal sealed class MemoryIssuers(MemoryState state) : IIssuerStore
{
    public ValueTask<bool> AddAsync(AuthorityRecord authority, IssuerRecord issuer) => state.Run(() =>
    {
        state.CheckWrite();
        if (!state.Authorities.TryAdd(authority.Name, authority))
            return false;
        state.Issuers.Add(issuer);
        return true;
    });

    public ValueTask<IReadOnlyList<IssuerRecord>> ListAsync() => state.Run<IReadOnlyList<IssuerRecord>>(() => [.. state.Issuers]);

    public ValueTask<IssuedCertificate?> FindIssuedAsync(string serial) => state.Run(() => state.Issued.Find(i => i.Serial == serial));

    public ValueTask<IReadOnlyList<IssuedCertificate>> ListIssuedAsync(DeviceId? device, long before, int max) =>
        state.Run<IReadOnlyList<IssuedCertificate>>(() =>
            [.. state.Issued.Where(i => (device is null || i.Device == device) && i.Place < before).Reverse().Take(max)]);

    public ValueTask<IReadOnlyList<IssuedCertificate>?> RevokeAsync(
        string? serial, DeviceNumber device, long validAtMs, int maxRevoked, long nowMs) => state.Run<IReadOnlyList<IssuedCertificate>?>(() =>
    {
        state.CheckWrite();
        List<IssuedCertificate> meant =
        [
            .. state.Issued.Where(i => (serial is null ? i.Number == device : i.Serial == serial)
                && i.Cause == RevocationCause.None && i.UntilMs > validAtMs),
        ];
        foreach (IGrouping<string, IssuedCertificate> issuer in meant.GroupBy(i => i.Issuer))
        {
            int already = state.Issued.Count(
                i => i.Issuer == issuer.Key && i.Cause == RevocationCause.Operator && i.UntilMs > validAtMs);
            if (already + issuer.Count() > maxRevoked)
                return null;
        }

        return meant.ConvertAll(i => Revoke(state, i, RevocationCause.Operator, nowMs));
    });

    public ValueTask<IReadOnlyList<IssuedCertificate>> ReadRevokedAsync(string issuer, long validAtMs, int max) =>
        state.Run<IReadOnlyList<IssuedCertificate>>(() =>
        [
            .. state.Issued.Where(i => i.Issuer == issuer && i.Cause != RevocationCause.None && i.UntilMs > validAtMs)
                .OrderBy(i => i.Cause).ThenByDescending(i => i.RevokedAtMs).ThenByDescending(i => i.Place).Take(max),
        ]);

    public ValueTask<int> DropIssuedAsync(long endedAtMs, int max) => state.Run(() =>
    {
        List<IssuedCertificate> ended = [.. state.Issued.Where(i => i.UntilMs <= endedAtMs).OrderBy(i => i.UntilMs).Take(max)];
        if (ended.Count > 0)
            state.CheckWrite();
        return state.Issued.RemoveAll(ended.Contains);
    });

    /// <summary>Revokes what was issued to a device that is removed.</summary>
    public static void RevokeAll(MemoryState state, DeviceNumber device, long nowMs)
    {
        foreach (IssuedCertificate issued in state.Issued.Where(i => i.Number == device && i.Cause == RevocationCause.None).ToList())
            Revoke(state, issued, RevocationCause.DeviceRemoved, nowMs);
    }

    private static IssuedCertificate Revoke(MemoryState state, IssuedCertificate issued, RevocationCause cause, long nowMs) =>
        state.Issued[state.Issued.IndexOf(issued)] = issued with { Cause = cause, RevokedAtMs = nowMs };
}
