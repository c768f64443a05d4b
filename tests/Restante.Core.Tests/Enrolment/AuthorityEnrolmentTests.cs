using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Enrolment;

public sealed class AuthorityEnrolmentTests : EnrolmentTest
{
    [Theory]
    [InlineData("maker")]
    [InlineData(null)]
    public async Task A_certificate_of_the_authority_makes_the_device(string? authority)
    {
        await TrustAsync(Maker);
        await GroupAsync("trucks", EnrolmentKind.Authority, "truck-", authority: authority);
        byte[] leaf = Maker.Sign("truck-1");
        var device = Assert.IsType<DevicePrincipal>(Ok(await TryAsync(leaf)));
        Assert.Equal("truck-1", device.Name);
        Assert.Null(await Gateway.Devices.RecheckAsync(device));
        DeviceRecord record = (await FindAsync("truck-1"))!;
        Assert.Equal((new AuthoritySigned("maker"), Credential.None), (record.Primary, record.Secondary));
        Assert.Equal(["new"], record.Groups);

        // Known from then on, by any certificate of the authority for it.
        Assert.Equal(device.Number, ((DevicePrincipal)Ok(await TryAsync(leaf))).Number);
        Assert.Equal(device.Number, ((DevicePrincipal)Ok(await TryAsync(Maker.Sign("truck-1"), "truck-1"))).Number);
    }

    [Fact]
    public async Task Who_is_not_signed_for_by_the_groups_authority_makes_nobody()
    {
        using var other = new TestAuthority("Other CA");
        using var stranger = new TestAuthority("Stranger CA");
        await TrustAsync(Maker);
        await TrustAsync(other, "other");
        await GroupAsync("trucks", EnrolmentKind.Authority, "truck-", authority: "maker");
        byte[] revoked = Maker.Sign("truck-1");
        Maker.Revoke(revoked);
        Ok(await Gateway.Authorities.SetRevocationListAsync("maker", Maker.List()));
        byte[][] refused =
        [
            other.Sign("truck-1"),
            stranger.Sign("truck-1"),
            TestAuthority.SelfSigned("truck-1"),
            Maker.Sign("lamp-1"),
            Maker.Sign("truck 1"),
            Maker.Sign("truck-1", usage: TestAuthority.ForServers),
            Maker.Sign("truck-1", notAfter: TestAuthority.Start.AddHours(-1)),
            revoked,
        ];
        foreach (byte[] leaf in refused)
            Assert.Null((await TryAsync(leaf)).Value);
        Assert.Null((await TryAsync(Maker.Sign("truck-1"), "truck-2")).Value);
        Assert.Null((await TryAsync(Maker.Sign("truck-1"), "policy/truck-1")).Value);
        Assert.Empty(Ok(await Gateway.Devices.ListAsync(null, 10)));
        Assert.NotNull((await TryAsync(Maker.Sign("truck-1"))).Value);
    }

    [Fact]
    public async Task A_certificate_with_several_names_makes_the_first_and_no_other()
    {
        await TrustAsync(Maker);
        await GroupAsync("all", EnrolmentKind.Authority);
        byte[] leaf = Maker.Sign("truck-1", dns: "truck-1.example");
        Assert.Null((await TryAsync(leaf, "truck-1.example")).Value);
        Ok(await TryAsync(leaf));
        Ok(await Gateway.Devices.SetStatusAsync("truck-1", DeviceStatus.Disabled));
        Assert.Null((await TryAsync(leaf)).Value);
        Assert.Null((await TryAsync(leaf, "truck-1.example")).Value);
        await RemoveAsync("truck-1");
        Assert.Null((await TryAsync(leaf)).Value);
        Assert.Empty(Ok(await Gateway.Devices.ListAsync(null, 10)));

        // A common name that no device can have is passed over.
        Assert.Equal("truck-2", Ok(await TryAsync(Maker.Sign("Truck Two", uri: "urn:example:device:truck-2"))).Name);
    }

    [Fact]
    public async Task A_removed_device_does_not_come_back_by_its_certificate()
    {
        await TrustAsync(Maker);
        await GroupAsync("trucks", EnrolmentKind.Authority);
        byte[] leaf = Maker.Sign("truck-1");
        Ok(await TryAsync(leaf));
        await RemoveAsync("truck-1");
        Assert.Null((await TryAsync(leaf)).Value);
        Assert.Contains("enrolled before", (await HistoryAsync("truck-1"))[0], StringComparison.Ordinal);
        Ok(await Gateway.Enrolled.ReleaseAsync("truck-1"));
        Ok(await TryAsync(leaf));
    }

    [Fact]
    public async Task A_device_that_is_there_with_another_credential_is_left_as_it_is()
    {
        await TrustAsync(Maker);
        await GroupAsync("trucks", EnrolmentKind.Authority);
        DeviceRecord before = await DeviceAsync("truck-1", SymmetricKey.Generate());
        Assert.Null((await TryAsync(Maker.Sign("truck-1"))).Value);
        Assert.Equal(before, await FindAsync("truck-1"));
    }

    [Fact]
    public async Task An_intermediate_is_enough_and_the_nearest_authority_signs_from_then_on()
    {
        using var factory = new TestAuthority("Factory CA", Maker);
        await TrustAsync(Maker);
        await TrustAsync(factory, "factory");
        await GroupAsync("any", EnrolmentKind.Authority, "a-");
        await GroupAsync("maker", EnrolmentKind.Authority, "m-", authority: "maker");
        Ok(await TryAsync(factory.Sign("a-1"), null, factory.Certificate));
        Ok(await TryAsync(factory.Sign("m-1"), null, factory.Certificate));
        Assert.Equal(new AuthoritySigned("factory"), (await FindAsync("a-1"))!.Primary);
        Assert.Equal(new AuthoritySigned("maker"), (await FindAsync("m-1"))!.Primary);
    }
}
