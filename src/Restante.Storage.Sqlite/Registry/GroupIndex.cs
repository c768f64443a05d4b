using System.Runtime.InteropServices;

namespace Restante.Storage.Sqlite.Registry;

/// <summary>
/// The numbers of the members of every group, some 30 bytes for each membership, so that an audience within a group is found without a look
/// at every device; 8 bytes more where it keeps their order. It knows all memberships or none: with more than it may hold it gives up,
/// until the next start.
/// </summary>
internal sealed class GroupIndex(int maxMemberships)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private long _memberships;
    private long _changes;
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

    /// <summary>
    /// A device is in other groups now. A look finds it as it was or as it is, and the groups that it stays in do not change.
    /// </summary>
    /// <param name="device">Its number.</param>
    /// <param name="before">The groups it was in.</param>
    /// <param name="now">The groups it is in, each once.</param>
    public void Change(long device, IReadOnlyList<string> before, IReadOnlyList<string> now)
    {
        lock (_gate)
        {
            foreach (string group in before)
            {
                if (!now.Contains(group, StringComparer.Ordinal))
                    Leave(device, group);
            }

            foreach (string group in now)
                Enter(device, group);
        }
    }

    /// <summary>A device has gone.</summary>
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
            count = Smallest(groups)?.Members.Count ?? 0;
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
            Group? smallest = Smallest(groups);
            return smallest is null ? [] : smallest.Members.Count > max ? null : [.. smallest.Members];
        }
    }

    /// <summary>The members of the smallest of some groups, to be listed in the order of their ids.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="max">How many are wanted at the most.</param>
    /// <returns>
    /// Null when there are more, or the index does not know. Members that are not sorted are to be sorted by who asks, and then
    /// <see cref="Keep">kept</see>.
    /// </returns>
    public GroupMembers? Listed(IReadOnlyList<string> groups, int max)
    {
        lock (_gate)
        {
            if (_hasGivenUp || groups.Count == 0)
                return null;
            if (Smallest(groups) is not Group smallest)
                return new GroupMembers(groups[0], [], AreSorted: true, 0);
            if (smallest.Members.Count > max)
                return null;
            return new GroupMembers(smallest.Name, smallest.Sorted ?? [.. smallest.Members], smallest.Sorted is not null, smallest.Change);
        }
    }

    /// <summary>Keeps members that were sorted until the group changes; not if it has changed since they were listed.</summary>
    public void Keep(GroupMembers members, long[] sorted)
    {
        lock (_gate)
        {
            if (_groups.TryGetValue(members.Group, out Group? group) && group.Change == members.Change)
                group.Sorted = sorted;
        }
    }

    private Group? Smallest(IReadOnlyList<string> groups)
    {
        Group? smallest = null;
        foreach (string name in groups)
        {
            if (!_groups.TryGetValue(name, out Group? group))
                return null;
            smallest = smallest is null || group.Members.Count < smallest.Members.Count ? group : smallest;
        }

        return smallest;
    }

    private void Enter(long device, string name)
    {
        if (_hasGivenUp)
            return;
        ref Group? group = ref CollectionsMarshal.GetValueRefOrAddDefault(_groups, name, out _);
        if (!(group ??= new Group(name)).Members.Add(device))
            return;
        group.Changed(++_changes);
        if (++_memberships <= maxMemberships)
            return;
        _hasGivenUp = true;
        _groups.Clear();
        _memberships = 0;
    }

    private void Leave(long device, string name)
    {
        if (!_groups.TryGetValue(name, out Group? group) || !group.Members.Remove(device))
            return;
        group.Changed(++_changes);
        _memberships--;
        if (group.Members.Count == 0)
            _groups.Remove(name);
    }

    private sealed class Group(string name)
    {
        public string Name { get; } = name;

        public HashSet<long> Members { get; } = [];

        /// <summary>The members in the order of their ids; null until somebody has sorted them.</summary>
        public long[]? Sorted { get; set; }

        /// <summary>The last change of it, among those of all groups.</summary>
        public long Change { get; private set; }

        public void Changed(long change)
        {
            Change = change;
            Sorted = null;
        }
    }
}
