using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Issuing;

namespace Restante.Core.Storage;

/// <summary>
/// The gateway's own issuers and what they have issued. An issuer goes with its authority (<see cref="IAuthorityStore.RemoveAsync"/>); the
/// records of what it has issued stay. A record is written with the answer that holds the certificate (<see
/// cref="IInquiryStore.AnswerAtOnceAsync"/>), and marked as revoked by the removal of its device (<see
/// cref="IRegistryStore.RemoveDeviceAsync"/>).
/// </summary>
public interface IIssuerStore
{
    /// <summary>Registers an issuer together with its authority; false when the name is taken.</summary>
    ValueTask<bool> AddAsync(AuthorityRecord authority, IssuerRecord issuer);

    /// <summary>All issuers in the order in which they were registered; with an empty key where the store cannot open it.</summary>
    ValueTask<IReadOnlyList<IssuerRecord>> ListAsync();

    /// <summary>Finds the record of a certificate; null when there is none, or it is kept no more.</summary>
    ValueTask<IssuedCertificate?> FindIssuedAsync(string serial);

    /// <summary>Reads records, the newest first.</summary>
    /// <param name="device">Only those of devices of this id, of all its generations; null for all.</param>
    /// <param name="before">Only those before this place; <see cref="long.MaxValue"/> for the newest.</param>
    /// <param name="max">How many at the most.</param>
    ValueTask<IReadOnlyList<IssuedCertificate>> ListIssuedAsync(DeviceId? device, long before, int max);

    /// <summary>
    /// Marks certificates as revoked by an operator: one by its serial number, or all of a device that are valid. Those that are revoked
    /// already, or have ended, stay as they are.
    /// </summary>
    /// <param name="serial">Which; null for all of <paramref name="device"/>.</param>
    /// <param name="device">Of which device; not looked at beside a serial number.</param>
    /// <param name="validAtMs">Which have not ended: those that are valid until later.</param>
    /// <param name="maxRevoked">How many of one issuer an operator may have revoked that have not ended.</param>
    /// <param name="nowMs">The time.</param>
    /// <returns>What was revoked by this call; null when there would be too many, and nothing was changed.</returns>
    ValueTask<IReadOnlyList<IssuedCertificate>?> RevokeAsync(
        string? serial, DeviceNumber device, long validAtMs, int maxRevoked, long nowMs);

    /// <summary>
    /// Reads what an issuer has issued, was revoked and has not ended: first what operators have revoked, then what went with its device,
    /// the newest revocation first.
    /// </summary>
    ValueTask<IReadOnlyList<IssuedCertificate>> ReadRevokedAsync(string issuer, long validAtMs, int max);

    /// <summary>Forgets records of certificates that ended at or before an instant, at most so many. Returns how many.</summary>
    ValueTask<int> DropIssuedAsync(long endedAtMs, int max);
}
