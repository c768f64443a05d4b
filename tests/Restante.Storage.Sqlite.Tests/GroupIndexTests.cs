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

        static (bool, string) Shown(GroupMembers members) => (members.AreSorted, string.Join(' ', members.Numbers));
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
        Assert.Null(index.Members(["b"], 100));
        Assert.Equal(0, index.Memberships);
    }
}
