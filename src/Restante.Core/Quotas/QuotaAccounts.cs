using System.Collections.Concurrent;

namespace Restante.Core.Quotas;

/// <summary>
/// The accounts of those that have sent something lately. Finding one takes no lock, so that nobody waits for another. Bounded: when too
/// many send at the same time, further ones have no account and are not counted.
/// </summary>
/// <param name="max">How many there are at most; more by as many as are opened in the same moment.</param>
internal sealed class QuotaAccounts<TKey>(int max)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, QuotaAccount> _accounts = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>The account of one that sends; null when there are too many.</summary>
    public QuotaAccount? Open(TKey key)
    {
        if (_accounts.TryGetValue(key, out QuotaAccount? account))
            return account;
        if (Volatile.Read(ref _count) >= max)
            return null;
        account = new QuotaAccount();
        QuotaAccount held = _accounts.GetOrAdd(key, account);
        if (ReferenceEquals(held, account))
            Interlocked.Increment(ref _count);
        return held;
    }

    /// <summary>The account of one that has sent something lately; else null.</summary>
    public QuotaAccount? Find(TKey key) => _accounts.GetValueOrDefault(key);

    /// <summary>Closes those that are full. Who takes from one in this very moment takes it for nothing.</summary>
    public void Sweep(long nowNs)
    {
        foreach (KeyValuePair<TKey, QuotaAccount> entry in _accounts)
        {
            if (entry.Value.IsFull(nowNs) && _accounts.TryRemove(entry))
                Interlocked.Decrement(ref _count);
        }
    }
}
