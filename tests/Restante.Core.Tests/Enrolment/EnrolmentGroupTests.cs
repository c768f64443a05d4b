using System.Text;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Limits;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Enrolment;

public sealed class EnrolmentGroupTests : EnrolmentTest
{
    private static readonly EnrolmentTerms s_keys = new() { Kind = EnrolmentKind.Key };

    public EnrolmentGroupTests() => Test = new TestGateway(new GatewayLimits
    {
        MaxEnrolmentGroups = 2,
        MaxDevicesPerEnrolmentGroup = 10,
        MaxClaimsPerEnrolmentGroup = 3,
        DefaultClaimMs = 1_000,
        MaxClaimMs = 2_000,
        MaxStateBytes = 256,
        MaxGroupsPerDevice = 3,
    });

    [Fact]
    public async Task A_group_says_what_is_wrong_with_it()
    {
        (string Name, EnrolmentTerms Terms)[] wrong =
        [
            ("no name", s_keys),
            ("", s_keys),
            ("g", s_keys with { IdPrefix = "a b" }),
            ("g", s_keys with { IdPrefix = new string('a', 128) }),
            ("g", s_keys with { Tags = "[]" }),
            ("g", s_keys with { Groups = ["a", "b", "c", "d"] }),
            ("g", s_keys with { DesiredState = Encoding.UTF8.GetBytes("[]") }),
            ("g", s_keys with { MaxDevices = 0 }),
            ("g", s_keys with { MaxDevices = 11 }),
            ("g", s_keys with { ExpiresAtMs = Test.NowMs }),
            ("g", s_keys with { Authority = "maker" }),
            ("g", new EnrolmentTerms { Kind = EnrolmentKind.Authority, Authority = "nobody" }),
            ("g", new EnrolmentTerms { Kind = EnrolmentKind.Authority, PrimaryKey = SymmetricKey.Generate() }),
            ("g", new EnrolmentTerms { Kind = EnrolmentKind.Claim, SecondaryKey = SymmetricKey.Generate() }),
        ];
        foreach ((string name, EnrolmentTerms terms) in wrong)
            Refused(RefusalKind.Malformed, await Gateway.Enrolments.CreateAsync(name, terms));
        Refused(RefusalKind.TooLarge, await Gateway.Enrolments.CreateAsync("g", s_keys with { DesiredState = new byte[257] }));
        Assert.Empty(Ok(await Gateway.Enrolments.ListAsync()));
    }

    [Fact]
    public async Task There_are_no_more_groups_than_may_and_each_name_once()
    {
        Ok(await Gateway.Enrolments.CreateAsync("a", s_keys));
        Refused(RefusalKind.Conflict, await Gateway.Enrolments.CreateAsync("a", s_keys));
        EnrolmentGroup second = Ok(await Gateway.Enrolments.CreateAsync("b", s_keys with { Groups = ["z", "a", "z"] }));
        Assert.Equal(["a", "z"], second.Groups);
        Assert.Equal((10, long.MaxValue, true), (second.MaxDevices, second.ExpiresAtMs, second.IsEnabled));
        Assert.NotEqual(second.PrimaryKey, second.SecondaryKey);
        Refused(RefusalKind.LimitReached, await Gateway.Enrolments.CreateAsync("c", s_keys));
        Refused(RefusalKind.NotFound, await Gateway.Enrolments.RemoveAsync("c"));
        Refused(RefusalKind.Conflict, await Gateway.Enrolments.RemoveAsync("a", 2));
        Ok(await Gateway.Enrolments.RemoveAsync("a", 1));
        Refused(RefusalKind.NotFound, await Gateway.Enrolments.FindAsync("a"));
        Ok(await Gateway.Enrolments.CreateAsync("c", s_keys));
    }

    [Fact]
    public async Task A_change_is_looked_at_like_a_new_group()
    {
        Ok(await Gateway.Enrolments.CreateAsync("a", new EnrolmentTerms { Kind = EnrolmentKind.Claim }));
        Refused(RefusalKind.Malformed, await Gateway.Enrolments.ChangeAsync("a", new EnrolmentUpdate { PrimaryKey = SymmetricKey.Generate() }));
        Refused(RefusalKind.Malformed, await Gateway.Enrolments.ChangeAsync("a", new EnrolmentUpdate { MaxDevices = 11 }));
        Refused(RefusalKind.NotFound, await Gateway.Enrolments.ChangeAsync("b", new EnrolmentUpdate { MaxDevices = 1 }));
        Refused(RefusalKind.Conflict, await Gateway.Enrolments.ChangeAsync("a", new EnrolmentUpdate { MaxDevices = 1, IfVersion = 2 }));
        EnrolmentGroup changed = Ok(await Gateway.Enrolments.ChangeAsync("a", new EnrolmentUpdate { MaxDevices = 1, IfVersion = 1, Groups = ["b", "a"] }));
        Assert.Equal((1, 2), (changed.MaxDevices, changed.Version));
        Assert.Equal(["a", "b"], changed.Groups);
    }

    [Fact]
    public async Task Claims_say_what_is_wrong_with_them()
    {
        Ok(await Gateway.Enrolments.CreateAsync("claims", new EnrolmentTerms { Kind = EnrolmentKind.Claim }));
        Ok(await Gateway.Enrolments.CreateAsync("keys", s_keys));
        ClaimTerms[] wrong =
        [
            new(0),
            new(1_001),
            new(2) { Device = DeviceId.Parse("a") },
            new() { ExpiresAtMs = Test.NowMs },
            new() { ExpiresAtMs = Test.NowMs + 2_001 },
        ];
        foreach (ClaimTerms terms in wrong)
            Refused(RefusalKind.Malformed, await Gateway.Claims.CreateAsync("claims", terms));
        Refused(RefusalKind.Malformed, await Gateway.Claims.CreateAsync("keys", new ClaimTerms()));
        Refused(RefusalKind.NotFound, await Gateway.Claims.CreateAsync("nobody", new ClaimTerms()));
        IReadOnlyList<IssuedClaim> issued = Ok(await Gateway.Claims.CreateAsync("claims", new ClaimTerms(2)));
        Assert.Equal(2, issued.Select(i => i.Token.Reveal()).Distinct().Count());
        Assert.All(issued, i => Assert.Equal((i.Token.Hash(), Test.NowMs + 1_000), (i.Claim.Hash, i.Claim.ExpiresAtMs)));
        Refused(RefusalKind.LimitReached, await Gateway.Claims.CreateAsync("claims", new ClaimTerms(2)));
        Ok(await Gateway.Claims.CreateAsync("claims", new ClaimTerms { ExpiresAtMs = Test.NowMs + 2_000 }));
        Refused(RefusalKind.Malformed, await Gateway.Claims.ListAsync("claims", null, 1_001));
        Assert.Equal(2, Ok(await Gateway.Claims.ListAsync("claims", issued[0].Claim.Number.Value, 1_000)).Count);
    }

    [Fact]
    public async Task The_ledger_says_what_is_wrong_with_a_question()
    {
        Refused(RefusalKind.Malformed, await Gateway.Enrolled.ListAsync(null, "no id", 10));
        Refused(RefusalKind.Malformed, await Gateway.Enrolled.ListAsync(null, null, 0));
        Refused(RefusalKind.NotFound, await Gateway.Enrolled.FindAsync("truck-1"));
        Refused(RefusalKind.NotFound, await Gateway.Enrolled.ReleaseAsync("no id"));
    }

    [Fact]
    public void A_derived_key_is_the_hmac_of_the_id()
    {
        SymmetricKey group = SymmetricKey.FromBytes(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        Assert.Equal("tkAQWCtqtWyPPxmZnIsClbe+vuDKvSN4uBp7G93fZZw=", DerivedKey.Of(group, DeviceId.Parse("truck-17")).Reveal());
    }
}
