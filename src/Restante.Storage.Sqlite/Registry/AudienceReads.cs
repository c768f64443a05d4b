using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// Finds the devices of an audience. Where all of it must belong to a group only the members of that group are looked at, unless that
/// would cost more than a look at every device.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001",
    Justification = "A semaphore whose wait handle is never asked for holds nothing.")]
internal sealed class AudienceReads(GroupIndex groups, MailboxIndex index, RegistryRows rows, ReaderPool readers)
{
    // A look through many devices is made in parts. Each waits for its turn, so that however many look, most of the processors is for
    // others, and who looks through a few does not wait for who looks through all.
    private const int LookedAtOnce = 250;
    private const int MaxLooks = 2;

    // A page in the order of ids wants all members looked at; whoever pages through a larger group looks at every device once instead.
    private const int MaxSorted = 4_000;

    private readonly SemaphoreSlim _turns = new(MaxLooks, MaxLooks);

    /// <summary>The members of the smallest of some groups, in no order; null when there are more than wanted, or nobody knows.</summary>
    public IReadOnlyList<DeviceNumber>? Members(IReadOnlyList<string> names, int max) =>
        groups.Members(names, max) is long[] members ? Array.ConvertAll(members, static m => new DeviceNumber(m)) : null;

    /// <exception cref="Core.Storage.StoreUnavailableException">The database cannot be read now.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<IReadOnlyList<DeviceRecord>> ListAsync(
        string after, int max, AudienceQuery audience, CancellationToken cancellation)
    {
        var found = new List<DeviceRecord>();
        if (groups.Members(audience.Groups, MaxSorted) is long[] members)
        {
            for (int at = 0; at < members.Length; at += LookedAtOnce)
            {
                if (at > 0)
                    await Task.Yield();
                await LookAsync(
                    (rows, members: Part(members, at), after, audience, found),
                    static (c, x) => x.rows.ReadMembers(c, x.members.Span, x.after, x.audience, x.found),
                    cancellation);
            }

            found.Sort(static (a, b) => a.Id.CompareTo(b.Id));
            return found.Count <= max ? found : found.GetRange(0, max);
        }

        for (string? at = after; at is not null; await Task.Yield())
        {
            at = await LookAsync(
                (rows, at, audience, found, max),
                static (c, x) => x.rows.ReadDevices(c, x.at, LookedAtOnce, x.audience, x.found, x.max),
                cancellation);
        }

        return found;
    }

    /// <exception cref="Core.Storage.StoreUnavailableException">The database cannot be read now.</exception>
    public async ValueTask<long> CountAsync(AudienceQuery audience)
    {
        long sum = 0;
        if (audience.IsGroup && groups.TryCount(audience.Groups, out int all))
            return all;
        if (groups.Members(audience.Groups, (int)Math.Min(index.Devices / 2, int.MaxValue)) is long[] members)
        {
            for (int at = 0; at < members.Length; at += LookedAtOnce)
            {
                if (at > 0)
                    await Task.Yield();
                sum += await LookAsync(
                    (members: Part(members, at), audience),
                    static (c, x) => RegistryRows.CountMembers(c, x.members.Span, x.audience),
                    default);
            }

            return sum;
        }

        for (string? at = string.Empty; at is not null; await Task.Yield())
        {
            (int count, at) = await LookAsync(
                (at, audience), static (c, x) => RegistryRows.CountDevices(c, x.at, LookedAtOnce, x.audience), default);
            sum += count;
        }

        return sum;
    }

    private async ValueTask<T> LookAsync<TState, T>(TState state, Func<Connection, TState, T> look, CancellationToken cancellation)
    {
        await _turns.WaitAsync(cancellation);
        try
        {
            return readers.Read(state, look);
        }
        finally
        {
            _turns.Release();
        }
    }

    private static ReadOnlyMemory<long> Part(long[] members, int at) => members.AsMemory(at, Math.Min(LookedAtOnce, members.Length - at));
}
