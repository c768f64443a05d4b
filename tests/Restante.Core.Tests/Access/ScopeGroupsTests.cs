using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Refusals;
using Restante.Core.Registry;
using Restante.Core.Selection;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Access;

/// <summary>Who has an audience puts no device into the audience of another policy by giving it that one's group.</summary>
public sealed class ScopeGroupsTests : IAsyncDisposable
{
    private readonly TestGateway _test = new();

    private DeviceRegistry All => _test.Gateway.Devices;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task A_device_is_not_created_in_another_policys_group_nor_put_there()
    {
        ReachedDevices devices = await PolicyAsync("a", "groups has 'ta'");
        await PolicyAsync("b", "groups has 'tb'");
        Refusal refusal = (await devices.CreateAsync("d", groups: ["ta", "tb"])).Refusal!;
        Assert.Equal(
            (RefusalKind.Forbidden, "The group 'tb' is part of another policy's scope: a policy without a scope puts devices into it."),
            (refusal.Kind, refusal.Message));
        Ok(await devices.CreateAsync("d", groups: ["ta", "free"]));
        Refused(RefusalKind.Forbidden, await devices.ChangeAsync("d", new DeviceUpdate { Groups = ["ta", "tb"] }));
        Ok(await devices.ChangeAsync("d", new DeviceUpdate { Groups = ["ta", "other"] }));

        // What an operator has put there may stay, and may be taken out.
        Ok(await All.ChangeAsync("d", new DeviceUpdate { Groups = ["ta", "tb"] }));
        Ok(await devices.ChangeAsync("d", new DeviceUpdate { Groups = ["tb", "ta", "free"] }));
        Ok(await devices.ChangeAsync("d", new DeviceUpdate { Groups = ["ta"] }));
        Refused(RefusalKind.Forbidden, await devices.ChangeAsync("d", new DeviceUpdate { Groups = ["ta", "tb"] }));
    }

    [Fact]
    public async Task An_import_does_no_more()
    {
        ReachedDevices devices = await PolicyAsync("a", "groups has 'ta'");
        await PolicyAsync("b", "groups has 'tb'");
        Ok(await All.CreateAsync("mine", groups: ["ta"]));
        Ok(await All.CreateAsync("both", groups: ["ta", "tb"]));
        ImportResult[] done = await devices.ImportAsync(
            [
                new("new") { Groups = ["ta", "tb"] }, new("mine") { Groups = ["ta", "tb"] }, new("both") { Groups = ["ta", "tb", "free"] },
                new("good") { Groups = ["ta"] },
            ],
            update: true);
        Assert.Equal(
            [DeviceLineStatus.Reserved, DeviceLineStatus.Reserved, DeviceLineStatus.Changed, DeviceLineStatus.Created],
            done.Select(static r => r.Status!.Value));
        Assert.All(done[..2], static r => Assert.Equal(
            (RefusalKind.Forbidden, "The group 'tb' is part of another policy's scope: a policy without a scope puts devices into it."),
            (r.Refusal!.Kind, r.Refusal.Message)));
        Refused(RefusalKind.NotFound, await All.FindAsync("new"));
        Assert.Equal(["ta"], Ok(await All.FindAsync("mine")).Groups);
    }

    [Theory]
    [InlineData("tags.city = 'Oslo'", "groups has 'g'", true)]
    [InlineData("groups has 'ta'", "tags.city = 'Oslo' or not (id = 'x' or groups has 'g')", true)]
    [InlineData("groups has 'ta'", "groups has 'g' and groups has 'ta'", false)]
    [InlineData("groups has 'ta' and groups has 'x'", "groups has 'g' and groups has 'ta'", true)]
    [InlineData("groups has 'ta' and tags.city = 'Oslo'", "groups has 'g' and groups has 'ta'", true)]
    [InlineData("groups has 'ta'", "groups has 'g' or groups has 'ta'", true)]
    [InlineData("groups has 'ta' or groups has 'x'", "groups has 'g' and groups has 'ta'", true)]
    [InlineData("groups has 'ta' or groups has 'g'", "groups has 'g'", false)]
    [InlineData("groups has 'ta'", "tags.list has 'g'", false)]
    [InlineData("groups has 'ta'", null, false)]
    public async Task A_group_is_anothers_when_its_scope_names_it_unless_it_is_ones_own_or_narrows_it(string own, string? other, bool isRefused)
    {
        ReachedDevices devices = await PolicyAsync("a", own);
        Ok(await _test.Gateway.Policies.CreateAsync(
            "b", Rights.Send, scope: Ok(PolicyScope.Create(other, other is null ? ["subject"] : null, ["g"]))));
        Result<DeviceRecord> created = await devices.CreateAsync("d", tags: """{"city":"Oslo"}""", groups: ["g", "ta", "x"]);
        Assert.Equal(isRefused ? RefusalKind.Forbidden : null, created.Refusal?.Kind);
        if (isRefused)
            Assert.Contains("The group 'g'", created.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_no_audience_puts_devices_anywhere()
    {
        await PolicyAsync("b", "groups has 'tb'");
        Ok(await All.CreateAsync("d", groups: ["tb"]));
        var narrow = new ServicePrincipal("n", Rights.RegistryWrite, CredentialSlot.Primary, long.MaxValue)
        {
            Scope = Ok(PolicyScope.Create(null, ["subject"])),
        };
        Ok(await All.For(narrow).CreateAsync("e", groups: ["tb"]));
    }

    [Fact]
    public void A_query_says_which_groups_it_names_and_whether_it_is_of_groups_only()
    {
        AudienceQuery query = Ok(AudienceQuery.Parse("(groups has 'a' or not groups has 'b') and groups has 'c' and tags.x has 'd'"));
        Assert.Equal(["a", "b", "c"], query.NamedGroups);
        Assert.Equal((false, "c"), (query.IsGroups, string.Join(' ', query.Groups)));
        Assert.True(Ok(AudienceQuery.Parse("groups has 'a' and (groups has 'b')")).IsGroups);
        Assert.False(Ok(AudienceQuery.Parse("groups has 'a' and not groups has 'b'")).IsGroups);
    }

    private async Task<ReachedDevices> PolicyAsync(string name, string audience)
    {
        PolicyScope scope = Ok(PolicyScope.Create(audience));
        Ok(await _test.Gateway.Policies.CreateAsync(name, Rights.RegistryWrite, scope: scope));
        return All.For(new ServicePrincipal(name, Rights.RegistryWrite, CredentialSlot.Primary, long.MaxValue) { Scope = scope });
    }
}
