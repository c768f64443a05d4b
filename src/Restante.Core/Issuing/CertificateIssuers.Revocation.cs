using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Issuing;

/// <summary>Revocation, and the lists that say it.</summary>
public sealed partial class CertificateIssuers
{
    // Whether something may have been revoked that no list names yet; so it is at the start, as the process may have ended just before.
    private int _hasNews = 1;

    // A revocation counts once the lists have been made, so nobody passes by another who makes them.
    private readonly SemaphoreSlim _renewing = new(1, 1);

    /// <summary>
    /// Revokes a certificate; connections that rest on it are ended. Once more is no error. Refusals: not-found, limit-reached (more than
    /// <see cref="IssuerOptions.MaxRevoked"/>), unavailable.
    /// </summary>
    /// <param name="by">Who revokes it; a certificate of a device that it does not reach is none.</param>
    /// <param name="serial">Its serial number in hexadecimal digits, also with colons, in either case.</param>
    public async ValueTask<Result<IssuedCertificate>> RevokeAsync(ServicePrincipal by, string serial)
    {
        Result<IssuedCertificate> found = await FindIssuedAsync(by, serial);
        if (!found.IsSuccess)
            return found;
        Result<IReadOnlyList<IssuedCertificate>> revoked = await RevokeAsync(found.Value.Serial, default);
        return revoked.IsSuccess ? await FindIssuedAsync(by, serial) : revoked.Refusal;
    }

    /// <summary>
    /// Revokes every certificate of a device that is valid. It may ask for another one if it has another credential. Refusals: not-found
    /// (no such device), limit-reached, unavailable.
    /// </summary>
    /// <param name="by">Who revokes them; a device that it does not reach is none.</param>
    /// <param name="device">The device's id.</param>
    /// <returns>What was revoked.</returns>
    public async ValueTask<Result<IReadOnlyList<IssuedCertificate>>> RevokeOfDeviceAsync(ServicePrincipal by, string device)
    {
        try
        {
            DeviceRecord? found = DeviceId.TryParse(device, out DeviceId id) ? await _scopes.FindAsync(by, id) : null;
            return found is null
                ? Refusal.DeviceNotFound(device.Length <= DeviceId.MaxLength ? device : device[..DeviceId.MaxLength])
                : await RevokeAsync(null, found.Number);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    /// <summary>
    /// Makes every list anew that is due or lacks something. The host calls it before anybody may connect, as lists may have run out while
    /// the gateway was not there. A store that takes no work is tried again later.
    /// </summary>
    public async ValueTask RefreshAsync()
    {
        try
        {
            await RenewListsAsync();
        }
        catch (StoreUnavailableException e)
        {
            Log.MaintenancePostponed(_log, e.Message);
        }
    }

    /// <summary>What was issued to the device counts as revoked.</summary>
    internal void DeviceRemoved() => Volatile.Write(ref _hasNews, 1);

    /// <summary>Forgets old records and renews lists. Fails as the store does.</summary>
    internal async ValueTask SweepAsync(int maxItems)
    {
        while (await _store.DropIssuedAsync(ValidAtMs - _options.RecordRetentionMs, maxItems) == maxItems)
        {
        }

        await _authorities.CatchUpAsync();
        await RenewListsAsync();
        WarnOfEnd((await _trust.GetAsync()).CurrentIssuer(NowMs));
    }

    // What an issuer has issued ends with it at the latest, and with it a fleet.
    private void WarnOfEnd(TrustedAuthority? issuer)
    {
        if (issuer is not null && issuer.NotAfterMs - NowMs < 2 * _options.CertificateLifetimeMs && issuer.MayWarn(NowMs))
            Log.IssuerEnds(_log, issuer.Name, DateTimeOffset.FromUnixTimeMilliseconds(issuer.NotAfterMs));
    }

    private async ValueTask<Result<IReadOnlyList<IssuedCertificate>>> RevokeAsync(string? serial, DeviceNumber device)
    {
        try
        {
            IReadOnlyList<IssuedCertificate>? revoked = await _store.RevokeAsync(serial, device, ValidAtMs, _options.MaxRevoked, NowMs);
            if (revoked is null)
            {
                return new Refusal(
                    RefusalKind.LimitReached,
                    $"More than {_options.MaxRevoked} certificates of an issuer would be revoked, which is the limit.");
            }

            foreach (IssuedCertificate one in revoked)
            {
                _events.CertificateRevoked(one.Device.Value, one.Serial);
                _history.CertificateRevoked(one);
            }

            _metrics.CertificatesRevoked(revoked.Count);
            Volatile.Write(ref _hasNews, 1);
            await RenewListsAsync();
            return Result.Success(revoked);
        }
        catch (StoreUnavailableException)
        {
            return Refusal.StoreUnavailable;
        }
    }

    private async ValueTask RenewListsAsync()
    {
        await _renewing.WaitAsync();
        bool hasNews = Interlocked.Exchange(ref _hasNews, 0) == 1;
        try
        {
            foreach (TrustedAuthority issuer in (await _trust.GetAsync()).All)
            {
                if (issuer.IsOwn && (hasNews || IsDue(issuer)) && await SignerAsync(issuer) is IssuerSigner signer)
                    await _authorities.RenewOwnListAsync(issuer.Name, held => MakeListAsync(signer, held));
            }
        }
        catch
        {
            if (hasNews)
                Volatile.Write(ref _hasNews, 1);
            throw;
        }
        finally
        {
            _renewing.Release();
        }
    }

    // Half of its time is over, or the clock was set back so far that the list is from the future.
    private bool IsDue(TrustedAuthority issuer) =>
        issuer.List is null || issuer.List.NextUpdateMs - NowMs < _options.RevocationListLifetimeMs / 2 || issuer.List.ThisUpdateMs > NowMs;

    // Null when the list that is there says all.
    private async ValueTask<byte[]?> MakeListAsync(IssuerSigner signer, TrustedAuthority held)
    {
        IReadOnlyList<IssuedCertificate> revoked = await _store.ReadRevokedAsync(signer.Name, ValidAtMs, _options.MaxRevoked);
        if (!IsDue(held) && held.List!.Count == revoked.Count && revoked.All(r => held.List.Names(r.Serial)))
            return null;
        if (revoked.Count == _options.MaxRevoked)
            Log.RevocationListFull(_log, signer.Name, revoked.Count);
        return signer.List(revoked, NowMs, _options.RevocationListLifetimeMs);
    }
}
