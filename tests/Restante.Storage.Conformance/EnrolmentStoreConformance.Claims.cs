using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Claims.</summary>
public abstract partial class EnrolmentStoreConformance
{
    [Fact]
    public async Task Claims_are_kept_until_they_are_used_or_taken_back()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters"));
        IReadOnlyList<EnrolmentClaim> added = await ClaimAsync(group, 3);
        EnrolmentClaim bound = Assert.Single(await ClaimAsync(group, 1, DeviceId.Parse("toaster-9")));
        Assert.Equal(4, added.Append(bound).Select(c => c.Number).Distinct().Count());
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(bound, await Enrolments.FindClaimAsync(bound.Hash));
        Assert.Null(await Enrolments.FindClaimAsync(ClaimToken.Generate().Hash()));
        Assert.Equal(4, (await Enrolments.FindGroupAsync("toasters"))!.OpenClaims);
        Assert.Equal(added.Take(2), await Enrolments.ListClaimsAsync(group.Number, default, 2));
        Assert.Equal([added[2], bound], await Enrolments.ListClaimsAsync(group.Number, added[1].Number, 2));
        EnrolmentGroup other = await AddAsync(Claims("others"));
        Assert.False(await Enrolments.RemoveClaimAsync(other.Number, bound.Number));
        Assert.True(await Enrolments.RemoveClaimAsync(group.Number, bound.Number));
        Assert.False(await Enrolments.RemoveClaimAsync(group.Number, bound.Number));
        Assert.Null(await Enrolments.FindClaimAsync(bound.Hash));
        Assert.Equal(3, (await Enrolments.FindGroupAsync("toasters"))!.OpenClaims);
    }

    [Fact]
    public async Task No_more_claims_wait_than_may_and_none_is_added_of_what_does_not_fit()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters"));
        await ClaimAsync(group, 2);
        Assert.Equal(ClaimsStatus.Full, (await Enrolments.AddClaimsAsync([Claim(group), Claim(group)], 3)).Status);
        Assert.Equal(2, (await Enrolments.ListClaimsAsync(group.Number, default, 10)).Count);
        Assert.Equal(ClaimsStatus.Added, (await Enrolments.AddClaimsAsync([Claim(group)], 3)).Status);
        EnrolmentGroup gone = group with { Number = new EnrolmentNumber(99) };
        Assert.Equal(ClaimsStatus.NotFound, (await Enrolments.AddClaimsAsync([Claim(gone)], 3)).Status);
    }

    [Fact]
    public async Task A_claim_enrols_one_device_and_is_gone()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters"));
        EnrolmentClaim claim = Assert.Single(await ClaimAsync(group, 1));
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "toaster-1", claim.Hash));
        Assert.Equal(claim.Hash, (await Enrolments.FindEnrolledAsync(DeviceId.Parse("toaster-1")))!.Claim);
        Assert.Equal(EnrolmentStatus.ClaimGone, await TryAsync(group, "toaster-2", claim.Hash));
        Assert.Null(await Enrolments.FindClaimAsync(claim.Hash));
        Assert.Equal((1, 0), await CountsAsync("toasters"));
    }

    [Fact]
    public async Task A_claim_is_for_its_group_its_device_and_its_time()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters")), other = await AddAsync(Claims("others"));
        EnrolmentClaim free = Assert.Single(await ClaimAsync(group, 1)), bound = Assert.Single(await ClaimAsync(group, 1, DeviceId.Parse("toaster-9")));
        Assert.Equal(EnrolmentStatus.ClaimGone, await TryAsync(other, "toaster-1", free.Hash));
        Assert.Equal(EnrolmentStatus.ClaimGone, await TryAsync(group, "toaster-1", bound.Hash));
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "toaster-9", bound.Hash));
        Now = free.ExpiresAtMs;
        Assert.Equal(EnrolmentStatus.ClaimGone, await TryAsync(group, "toaster-1", free.Hash));
        Now--;
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "toaster-1", free.Hash));
    }

    [Fact]
    public async Task A_refusal_leaves_the_claim_as_it_was()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters") with { MaxDevices = 1 });
        IReadOnlyList<EnrolmentClaim> claims = await ClaimAsync(group, 2);
        await DeviceAsync("toaster-0");
        Assert.Equal(EnrolmentStatus.DeviceExists, await TryAsync(group, "toaster-0", claims[0].Hash));
        Assert.Equal(EnrolmentStatus.Enrolled, await TryAsync(group, "toaster-1", claims[0].Hash));
        Assert.Equal(EnrolmentStatus.GroupFull, await TryAsync(group, "toaster-2", claims[1].Hash));
        Assert.NotNull(await Enrolments.FindClaimAsync(claims[1].Hash));
        Assert.Equal((1, 1), await CountsAsync("toasters"));
    }

    [Fact]
    public async Task Of_many_that_bring_the_same_claim_exactly_one_is_enrolled()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters"));
        EnrolmentClaim claim = Assert.Single(await ClaimAsync(group, 1));
        EnrolmentStatus[] results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(
            () => TryAsync(group, $"toaster-{i}", claim.Hash).AsTask())));
        Assert.Single(results, EnrolmentStatus.Enrolled);
        Assert.Equal(19, results.Count(r => r == EnrolmentStatus.ClaimGone));
        Assert.Equal(1, await Registry.CountDevicesAsync());
    }

    [Fact]
    public async Task Claims_that_have_ended_are_dropped_and_those_of_a_group_that_goes()
    {
        EnrolmentGroup group = await AddAsync(Claims("toasters")), other = await AddAsync(Claims("others"));
        await ClaimAsync(group, 3);
        EnrolmentClaim later = Assert.Single((await Enrolments.AddClaimsAsync([Claim(group) with { ExpiresAtMs = Now + 501 }], 100)).Claims);
        EnrolmentClaim foreign = Assert.Single((await Enrolments.AddClaimsAsync([Claim(other) with { ExpiresAtMs = Now + 501 }], 100)).Claims);
        Assert.Equal(0, await Enrolments.SweepAsync(Now, 10));
        Now += 500;
        Assert.Equal(2, await Enrolments.SweepAsync(Now, 2));
        Assert.Equal(1, await Enrolments.SweepAsync(Now, 2));
        Assert.Equal((0, 1), await CountsAsync("toasters"));
        Assert.Equal([later], await Enrolments.ListClaimsAsync(group.Number, default, 10));
        Assert.Equal(EnrolmentUpdateStatus.VersionMismatch, (await Enrolments.RemoveGroupAsync("toasters", 7)).Status);
        Assert.Equal(EnrolmentUpdateStatus.Updated, (await Enrolments.RemoveGroupAsync("toasters", null)).Status);
        Assert.Equal(EnrolmentUpdateStatus.NotFound, (await Enrolments.RemoveGroupAsync("toasters", null)).Status);
        Assert.Null(await Enrolments.FindClaimAsync(later.Hash));
        Assert.NotNull(await Enrolments.FindClaimAsync(foreign.Hash));
    }

    private EnrolmentGroup Claims(string name) => Keys(name) with { Kind = EnrolmentKind.Claim, PrimaryKey = null, SecondaryKey = null };

    private EnrolmentClaim Claim(EnrolmentGroup group, DeviceId? device = null) => new()
    {
        Group = group.Number,
        Hash = ClaimToken.Generate().Hash(),
        Device = device,
        CreatedAtMs = Now,
        ExpiresAtMs = Now + 500,
    };

    private async Task<IReadOnlyList<EnrolmentClaim>> ClaimAsync(EnrolmentGroup group, int count, DeviceId? device = null)
    {
        ClaimsResult added = await Enrolments.AddClaimsAsync([.. Enumerable.Range(0, count).Select(_ => Claim(group, device))], 100);
        Assert.Equal(ClaimsStatus.Added, added.Status);
        return added.Claims;
    }

    private async Task<(long Enrolled, long OpenClaims)> CountsAsync(string group)
    {
        EnrolmentGroup found = (await Enrolments.FindGroupAsync(group))!;
        return (found.Enrolled, found.OpenClaims);
    }
}
