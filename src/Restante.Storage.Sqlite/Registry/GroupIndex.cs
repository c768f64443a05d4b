using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// The numbers of the members of every group, some 30 bytes for each membership, so that an audience within a group is found without a look
/// at every device. It knows all memberships or none: with more than it may hold it gives up, until the next start.
/// </summary>
internal sealed class GroupIndex(int maxMemberships)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<long>> _members = new(StringComparer.Ordinal);
    private long _memberships;
    private bool _hasGivenUp;

    /// <summary>How many memberships it holds.</summary>
    public long Memberships
    {
        get
        {
            lock (_gate)
                return _memberships;
        }
    }

    /// <summary>A device has come.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="groups">Its groups, each once.</param>
    public void Add(long device, IReadOnlyList<string> groups)
    {
        if (groups.Count == 0)
            return;
        lock (_gate)
        {
            foreach (string group in groups)
                Enter(device, group);
        }
    }

    /// <summary>At the start: a device as its row has it.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="groups">Its groups with blanks between them.</param>
    public void Load(long device, string groups)
    {
        if (groups.Length > 0)
            Add(device, groups.Split(' '));
    }

    /// <summary>A device has gone, or has left groups.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="groups">The groups.</param>
    public void Remove(long device, IReadOnlyList<string> groups)
    {
        if (groups.Count == 0)
            return;
        lock (_gate)
        {
            foreach (string group in groups)
                Leave(device, group);
        }
    }

    /// <summary>The number of members of the smallest of some groups.</summary>
    /// <returns>False when the index does not know.</returns>
    public bool TryCount(IReadOnlyList<string> groups, out int count)
    {
        lock (_gate)
        {
            count = Smallest(groups)?.Count ?? 0;
            return !_hasGivenUp && groups.Count > 0;
        }
    }

    /// <summary>The members of the smallest of some groups, in no order.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="max">How many are wanted at the most.</param>
    /// <returns>Null when there are more, or the index does not know.</returns>
    public long[]? Members(IReadOnlyList<string> groups, int max)
    {
        lock (_gate)
        {
            if (_hasGivenUp || groups.Count == 0)
                return null;
            HashSet<long>? smallest = Smallest(groups);
            return smallest is null ? [] : smallest.Count > max ? null : [.. smallest];
        }
    }

    private HashSet<long>? Smallest(IReadOnlyList<string> groups)
    {
        HashSet<long>? smallest = null;
        foreach (string group in groups)
        {
            if (!_members.TryGetValue(group, out HashSet<long>? members))
                return null;
            smallest = smallest is null || members.Count < smallest.Count ? members : smallest;
        }

        return smallest;
    }

    private void Enter(long device, string group)
    {
        if (_hasGivenUp)
            return;
        ref HashSet<long>? members = ref CollectionsMarshal.GetValueRefOrAddDefault(_members, group, out _);
        if (!(members ??= []).Add(device) || ++_memberships <= maxMemberships)
            return;
        _hasGivenUp = true;
        _members.Clear();
        _memberships = 0;
    }

    private void Leave(long device, string group)
    {
        if (!_members.TryGetValue(group, out HashSet<long>? members) || !members.Remove(device))
            return;
        _memberships--;
        if (members.Count == 0)
            _members.Remove(group);
    }
}
