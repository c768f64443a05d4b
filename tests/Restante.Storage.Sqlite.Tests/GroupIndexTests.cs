using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Storage.Sqlite.Registry;

namespace Restante.Storage.Sqlite.Tests;

public sealed class GroupIndexTests
{
    [Fact]
    public void It_counts_a_membership_once_and_forgets_it_once()
    {
        var index = new GroupIndex(10);
        index.Add(1, ["a", "b"]);
        index.Add(1, ["a"]);
        index.Load(2, "a c");
        index.Load(3, "");
        Assert.Equal(4, index.Memberships);
        index.Remove(1, ["a", "c"]);
        index.Remove(1, ["a"]);
        Assert.Equal(3, index.Memberships);
        Assert.Equal([2], index.Members(["a"], 1)!);
        index.Remove(2, ["a", "c"]);
        index.Remove(1, ["b"]);
        Assert.Equal(0, index.Memberships);
    }

    [Fact]
    public void It_keeps_the_order_of_a_group_until_that_changes()
    {
        var index = new GroupIndex(10);
        index.Add(1, ["a", "b"]);
        index.Add(2, ["a"]);
        GroupMembers listed = index.Listed(["a"], 10)!;
        Assert.False(listed.AreSorted);
        Assert.Null(index.Listed(["a"], 1));
        index.Keep(listed, [2, 1]);
        index.Add(3, ["b"]);
        Assert.Equal((true, "2 1"), Shown(index.Listed(["a"], 10)!));
        index.Add(3, ["a"]);
        index.Keep(listed, [2, 1]); // It has changed since.
        listed = index.Listed(["a"], 10)!;
        Assert.False(listed.AreSorted);
        index.Keep(listed, [3, 2, 1]);
        index.Remove(2, ["a"]);
        Assert.False(index.Listed(["a"], 10)!.AreSorted);
        listed = index.Listed(["a"], 10)!;
        index.Remove(1, ["a"]);
        index.Remove(3, ["a"]);
        index.Add(4, ["a"]);
        index.Keep(listed, [3, 1]); // It has gone since, and another is called so.
        Assert.Equal((false, "4"), Shown(index.Listed(["a"], 10)!));
        Assert.Equal((true, ""), Shown(index.Listed(["nobody", "a"], 10)!));
    }

    [Fact]
    public void A_device_that_changes_its_groups_leaves_those_alone_that_it_stays_in()
    {
        var index = new GroupIndex(5); // It is full: what is left goes before what is entered comes.
        var devices = new DeviceDirectory(new DeviceNumbers(), new DeviceCache(10), index, null!, null!);
        DeviceRecord first = Device(1, "a", "b"), second = Device(2, "a", "b", "c");
        devices.Created(first);
        devices.Created(second);
        foreach (string group in (string[])["a", "b", "c"])
        {
            GroupMembers listed = index.Listed([group], 10)!;
            index.Keep(listed, [.. listed.Numbers.OrderDescending()]);
        }

        devices.Updated(Device(2, "a", "c", "d"), second.Groups);
        Assert.Equal(5, index.Memberships);
        Assert.Equal((true, "2 1"), Shown(index.Listed(["a"], 10)!));
        Assert.Equal((false, "1"), Shown(index.Listed(["b"], 10)!));
        Assert.Equal((true, "2"), Shown(index.Listed(["c"], 10)!));
        Assert.Equal((false, "2"), Shown(index.Listed(["d"], 10)!));
    }

    [Fact]
    public void Beyond_its_limit_it_knows_nothing_rather_than_something_wrong()
    {
        var index = new GroupIndex(2);
        index.Add(1, ["a"]);
        index.Add(2, ["a"]);
        Assert.True(index.TryCount(["a"], out int count));
        Assert.Equal(2, count);
        index.Add(3, ["b"]);
        Assert.False(index.TryCount(["a"], out _));
        Assert.Null(index.Members(["b"], 100));
        Assert.Null(index.Members(["nobody"], 100));
        Assert.Null(index.Listed(["nobody"], 100));
        index.Remove(1, ["a"]);
        index.Add(4, ["b"]);
        index.Change(4, ["b"], ["c"]);
        Assert.Null(index.Members(["b"], 100));
        Assert.Null(index.Members(["c"], 100));
        Assert.Equal(0, index.Memberships);
    }

    private static DeviceRecord Device(long number, params string[] groups) => new()
    {
        Id = DeviceId.Parse($"d{number}"),
        Number = new DeviceNumber(number),
        Status = DeviceStatus.Enabled,
        Primary = Credential.None,
        Secondary = Credential.None,
        CreatedAtMs = 0,
        ChangedAtMs = 0,
        Version = 1,
        Groups = groups,
    };

    private static (bool AreSorted, string Numbers) Shown(GroupMembers members) =>
        (members.AreSorted, string.Join(' ', members.Numbers));
}
