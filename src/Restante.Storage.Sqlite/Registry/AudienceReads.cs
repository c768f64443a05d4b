using Restante.Core.Devices;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Mailboxes;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// Finds the devices of an audience. Where all of it must belong to a group only the members of that group are looked at, unless that
/// would cost more than a look at every device.
/// </summary>
internal sealed class AudienceReads(GroupIndex groups, MailboxIndex index, RegistryRows rows, ReaderPool readers)
{
    // A look through many devices is made in parts. Each waits for its turn, so that however many look, most of the processors is for
    // others, and who looks through a few does not wait for who looks through all.
    private const int LookedAtOnce = 250;
    private const int MaxLooks = 2;

    // A page in the order of ids wants all members sorted; whoever pages through a larger group looks at every device instead.
    private const int MaxSorted = 4_000;

    private long _looks;

    /// <summary>How many looks were made.</summary>
    public long Looks => Interlocked.Read(ref _looks);

    /// <summary>The turns that they take.</summary>
    public LookTurns Turns { get; } = new(MaxLooks);

    /// <summary>The members of the smallest of some groups, in no order; null when there are more than wanted, or nobody knows.</summary>
    public IReadOnlyList<DeviceNumber>? Members(IReadOnlyList<string> names, int max) =>
        groups.Members(names, max) is long[] members ? Array.ConvertAll(members, static m => new DeviceNumber(m)) : null;

    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<IReadOnlyList<DeviceRecord>> ListAsync(string after, int max, AudienceQuery audience, Looker looker) =>
        (await SearchAsync(after, max, int.MaxValue, audience, looker)).Devices;

    /// <summary>The same; a look at every device ends when about so many were looked at.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<DeviceSearch> SearchAsync(string after, int max, int maxLookedAt, AudienceQuery audience, Looker looker)
    {
        var found = new List<DeviceRecord>();
        int lookedAt = 0;
        string? at = null;
        if (groups.Listed(audience.Groups, MaxSorted) is GroupMembers members)
        {
            lookedAt = await SearchMembersAsync(members, after, max, audience, found, looker);
        }
        else
        {
            for (at = after; at is not null && lookedAt < maxLookedAt; await Task.Yield())
            {
                at = await LookAsync(
                    (rows, at, audience, found, max),
                    static (c, x) => x.rows.ReadDevices(c, x.at, LookedAtOnce, x.audience, x.found, x.max),
                    looker);
                lookedAt += LookedAtOnce;
            }
        }

        DeviceId? next = found.Count == max ? found[^1].Id : at is null ? null : DeviceId.Parse(at);
        return new DeviceSearch(found, next, lookedAt);
    }

    /// <exception cref="StoreUnavailableException">The database cannot be read now.</exception>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more.</exception>
    public async ValueTask<long> CountAsync(AudienceQuery audience, Looker looker)
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
                    looker);
            }

            return sum;
        }

        for (string? at = string.Empty; at is not null; await Task.Yield())
        {
            (int count, at) = await LookAsync(
                (at, audience), static (c, x) => RegistryRows.CountDevices(c, x.at, LookedAtOnce, x.audience), looker);
            sum += count;
        }

        return sum;
    }

    // Returns about how many it looked at.
    private async ValueTask<int> SearchMembersAsync(
        GroupMembers members, string after, int max, AudienceQuery audience, List<DeviceRecord> found, Looker looker)
    {
        int lookedAt = 0;
        long[] sorted = members.AreSorted ? members.Numbers : await SortAsync(members, looker);
        for (int? at = null; (at ?? 0) < sorted.Length && found.Count < max;)
        {
            if (at is not null)
                await Task.Yield();
            at = await LookAsync(
                (rows, sorted, at, after, audience, found, max),
                static (c, x) => x.rows.ReadMembers(
                    c, x.sorted, x.at ?? RegistryRows.PlaceAfter(c, x.sorted, x.after), LookedAtOnce, x.audience, x.found, x.max),
                looker);
            lookedAt += LookedAtOnce;
        }

        return lookedAt;
    }

    // The index keeps the order until a device enters or leaves the group: the next step, and the next page, need not look at all again.
    private async ValueTask<long[]> SortAsync(GroupMembers members, Looker looker)
    {
        var found = new List<(string Id, long Number)>(members.Numbers.Length);
        for (int at = 0; at < members.Numbers.Length; at += LookedAtOnce)
        {
            await LookAsync(
                (members: Part(members.Numbers, at), found), static (c, x) => RegistryRows.ReadIds(c, x.members.Span, x.found), looker);
            await Task.Yield();
        }

        found.Sort(static (a, b) => string.CompareOrdinal(a.Id, b.Id));
        long[] sorted = [.. found.Select(static f => f.Number)];
        groups.Keep(members, sorted);
        return sorted;
    }

    private ValueTask<T> LookAsync<TState, T>(TState state, Func<Connection, TState, T> look, Looker looker) =>
        Turns.LookAsync(looker, (Reads: this, state, look), static x => x.Reads.Look(x.state, x.look));

    private T Look<TState, T>(TState state, Func<Connection, TState, T> look)
    {
        Interlocked.Increment(ref _looks);
        return readers.Read(state, look);
    }

    private static ReadOnlyMemory<long> Part(long[] members, int at) => members.AsMemory(at, Math.Min(LookedAtOnce, members.Length - at));
}
