using Microsoft.Extensions.Logging;
using Restante.Core.Storage;

namespace Restante.Core.Access;

/// <summary>
/// Keeps the trusted authorities at hand: read from the store when they are first asked for, and again whenever one has changed.
/// </summary>
internal sealed class AuthorityTrust(IAuthorityStore store, ILogger log)
{
    private readonly LatestReading<TrustedAuthorities> _authorities = new(() => ReadAsync(store, log));

    /// <summary>The authorities that are trusted now. Fails as the store does.</summary>
    public ValueTask<TrustedAuthorities> GetAsync() => _authorities.GetAsync();

    /// <summary>Reads them anew; from then on everybody judges by them. Fails as the store does.</summary>
    public ValueTask<TrustedAuthorities> ReloadAsync() => _authorities.ReloadAsync();

    private static async ValueTask<TrustedAuthorities> ReadAsync(IAuthorityStore store, ILogger log)
    {
        var readable = new List<TrustedAuthority>();
        foreach (AuthorityRecord record in await store.ListAsync())
        {
            try
            {
                if (record.IsVerified)
                    readable.Add(new TrustedAuthority(record));
            }
            catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or InvalidDataException)
            {
                Log.AuthorityUnreadable(log, e, record.Name);
            }
        }

        return new TrustedAuthorities(readable);
    }
}
