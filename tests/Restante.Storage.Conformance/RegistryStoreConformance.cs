using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Selection;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance;

/// <summary>Every rule of <see cref="IRegistryStore"/>.</summary>
public abstract class RegistryStoreConformance : StoreConformance
{
    [Fact]
    public async Task A_created_device_is_found_as_it_was_created()
    {
        SymmetricKey primary = SymmetricKey.Generate();
        SymmetricKey secondary = SymmetricKey.Generate();
        var device = new NewDevice(DeviceId.Parse("Truck-17"), DeviceStatus.Disabled, primary, secondary);
        DeviceRecord? created = await Registry.CreateDeviceAsync(device, 77);
        DeviceRecord? found = await Registry.FindDeviceAsync(device.Id);
        Assert.Equal(created, found);
        Assert.NotNull(found);
        Assert.Equal(
            (device.Id, DeviceStatus.Disabled, primary, secondary, 77L, 77L, 1L),
            (found.Id, found.Status, found.PrimaryKey, found.SecondaryKey, found.CreatedAtMs, found.ChangedAtMs, found.Version));
        Assert.True(found.Number.Value >= 1);
        Assert.Null(await Registry.FindDeviceAsync(DeviceId.Parse("truck-17")));
        if (CanRestart)
        {
            await RestartAsync();
            Assert.Equal(created, await Registry.FindDeviceAsync(device.Id));
        }
    }

    [Fact]
    public async Task An_id_that_exists_is_not_created_again()
    {
        DeviceRecord first = await DeviceAsync();
        var again = new NewDevice(first.Id, DeviceStatus.Disabled, SymmetricKey.Generate(), SymmetricKey.Generate());
        Assert.Null(await Registry.CreateDeviceAsync(again, Now));
        Assert.Equal(first, await Registry.FindDeviceAsync(first.Id));
        Assert.Equal(1, await Registry.CountDevicesAsync());
    }

    [Fact]
    public async Task Devices_are_listed_in_ordinal_order_after_an_id()
    {
        string[] ids = ["b", "a", "B", "a.1", "~", "10", "9"];
        foreach (string id in ids)
            await DeviceAsync(id);
        string[] sorted = [.. ids.Order(StringComparer.Ordinal)];
        Assert.Equal(sorted, (await Registry.ListDevicesAsync(null, 1_000)).Select(d => d.Id.Value));
        Assert.Equal(sorted[..3], (await Registry.ListDevicesAsync(null, 3)).Select(d => d.Id.Value));
        Assert.Equal(sorted[3..], (await Registry.ListDevicesAsync(DeviceId.Parse(sorted[2]), 1_000)).Select(d => d.Id.Value));
        Assert.Equal(sorted[5..], (await Registry.ListDevicesAsync(DeviceId.Parse("az"), 1_000)).Select(d => d.Id.Value));
        Assert.Empty(await Registry.ListDevicesAsync(DeviceId.Parse("~"), 1_000));
        Assert.Equal(ids.Length, await Registry.CountDevicesAsync());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public async Task A_list_has_1_to_1000_devices(int max) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Registry.ListDevicesAsync(null, max));

    [Fact]
    public async Task An_update_changes_what_it_names_and_counts_the_version()
    {
        DeviceRecord device = await DeviceAsync();
        SymmetricKey key = SymmetricKey.Generate();
        Now += 5;
        DeviceUpdateResult result = await Registry.UpdateDeviceAsync(
            device.Id, new DeviceUpdate { Status = DeviceStatus.Disabled, Secondary = key, IfVersion = 1 }, Now);
        DeviceRecord expected = device with { Status = DeviceStatus.Disabled, Secondary = key, ChangedAtMs = Now, Version = 2 };
        Assert.Equal(new DeviceUpdateResult(DeviceUpdateStatus.Updated, expected), result);
        Assert.Equal(expected, await Registry.FindDeviceAsync(device.Id));
        if (CanRestart)
        {
            await RestartAsync();
            Assert.Equal(expected, await Registry.FindDeviceAsync(device.Id));
        }
    }

    [Fact]
    public async Task A_slot_holds_any_kind_of_credential()
    {
        Credential[] kinds =
        [
            Credential.None,
            SymmetricKey.Generate(),
            CertificateThumbprint.Of([1, 2, 3]),
            AuthoritySigned.ByAny,
            new AuthoritySigned("maker"),
        ];
        for (int i = 0; i < kinds.Length; i++)
        {
            Credential primary = kinds[i], secondary = kinds[(i + 1) % kinds.Length];
            DeviceId id = DeviceId.Parse($"d{i}");
            DeviceRecord? created = await Registry.CreateDeviceAsync(new NewDevice(id, DeviceStatus.Enabled, primary, secondary), Now);
            Assert.Equal((primary, secondary), (created!.Primary, created.Secondary));
            await Registry.UpdateDeviceAsync(id, new DeviceUpdate { Primary = secondary, Secondary = primary }, Now);
        }

        if (CanRestart)
            await RestartAsync();
        for (int i = 0; i < kinds.Length; i++)
        {
            DeviceRecord? found = await Registry.FindDeviceAsync(DeviceId.Parse($"d{i}"));
            Assert.Equal((kinds[(i + 1) % kinds.Length], kinds[i]), (found!.Primary, found.Secondary));
        }
    }

    [Fact]
    public async Task An_update_of_another_version_is_refused()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceUpdateResult result = await Registry.UpdateDeviceAsync(
            device.Id, new DeviceUpdate { Status = DeviceStatus.Disabled, IfVersion = 2 }, Now);
        Assert.Equal(new DeviceUpdateResult(DeviceUpdateStatus.VersionMismatch, device), result);
        Assert.Equal(device, await Registry.FindDeviceAsync(device.Id));
    }

    [Fact]
    public async Task An_update_of_no_device_says_so() =>
        Assert.Equal(
            new DeviceUpdateResult(DeviceUpdateStatus.NotFound, null),
            await Registry.UpdateDeviceAsync(DeviceId.Parse("nobody"), new DeviceUpdate(), Now));

    [Fact]
    public async Task Tags_groups_and_gateway_are_kept()
    {
        DeviceRecord gateway = await DeviceAsync("gateway");
        var wish = new NewDevice(DeviceId.Parse("lamp"), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate())
        {
            Tags = """{"city":"Århus","n":1}""",
            Groups = ["lamps", "night"],
        };
        DeviceRecord? lamp = await Registry.CreateDeviceAsync(wish, Now);
        Check("""{"city":"Århus","n":1}""", ["lamps", "night"], null, 1, lamp);
        Check(lamp!.Tags, lamp.Groups, null, 1, await Registry.FindDeviceAsync(wish.Id));
        await UpdateAsync(new DeviceUpdate { Gateway = gateway.Id }, "{\"city\":\"Århus\",\"n\":1}", ["lamps", "night"], gateway.Id, 2);
        await UpdateAsync(new DeviceUpdate { Tags = "{}", Groups = [] }, "{}", [], gateway.Id, 3);
        await UpdateAsync(new DeviceUpdate { Groups = ["x"] }, "{}", ["x"], gateway.Id, 4);
        await UpdateAsync(new DeviceUpdate { RemoveGateway = true }, "{}", ["x"], null, 5);
        await UpdateAsync(new DeviceUpdate { Gateway = gateway.Id, Status = DeviceStatus.Disabled }, "{}", ["x"], gateway.Id, 6);
        if (!CanRestart)
            return;
        await RestartAsync();
        Check("{}", ["x"], gateway.Id, 6, await Registry.FindDeviceAsync(wish.Id));

        async Task UpdateAsync(DeviceUpdate update, string tags, string[] groups, DeviceId? by, long version)
        {
            DeviceUpdateResult result = await Registry.UpdateDeviceAsync(wish.Id, update, Now);
            Assert.Equal(DeviceUpdateStatus.Updated, result.Status);
            Check(tags, groups, by, version, result.Device);
            Check(tags, groups, by, version, await Registry.FindDeviceAsync(wish.Id));
            Check(tags, groups, by, version, (await Registry.ListDevicesAsync(null, 10)).Single(d => d.Id == wish.Id));
        }

        static void Check(string tags, IReadOnlyList<string> groups, DeviceId? by, long version, DeviceRecord? found)
        {
            Assert.Equal((tags, by, version), (found!.Tags, found.Gateway, found.Version));
            Assert.Equal(groups, found.Groups);
        }
    }

    [Fact]
    public async Task A_gateway_is_a_device_that_exists()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceUpdateResult result = await Registry.UpdateDeviceAsync(device.Id, new DeviceUpdate { Gateway = DeviceId.Parse("nobody") }, Now);
        Assert.Equal(new DeviceUpdateResult(DeviceUpdateStatus.GatewayNotFound, device), result);
        Assert.Equal(device, await Registry.FindDeviceAsync(device.Id));
    }

    [Fact]
    public async Task A_removed_gateway_acts_for_nobody_any_more_also_when_its_id_comes_again()
    {
        DeviceRecord gateway = await DeviceAsync("gateway");
        DeviceRecord child = await DeviceAsync("child");
        DeviceRecord other = await DeviceAsync("other");
        await Registry.UpdateDeviceAsync(child.Id, new DeviceUpdate { Gateway = gateway.Id }, Now);
        await Registry.UpdateDeviceAsync(other.Id, new DeviceUpdate { Gateway = child.Id }, Now);
        Assert.NotNull(await Registry.FindDeviceAsync(child.Id));
        Now += 7;
        await Registry.RemoveDeviceAsync(gateway.Id, null, Now);
        await DeviceAsync("gateway");
        Assert.Equal(child with { Version = 3, ChangedAtMs = Now }, await Registry.FindDeviceAsync(child.Id));
        Assert.Equal(child.Id, (await Registry.FindDeviceAsync(other.Id))!.Gateway);
    }

    [Fact]
    public async Task An_audience_is_listed_and_counted()
    {
        for (int i = 0; i < 30; i++)
        {
            var wish = new NewDevice(DeviceId.Parse($"d-{i:00}"), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate())
            {
                Tags = $"{{\"n\":{i % 3}}}",
                Groups = i % 2 == 0 ? ["even"] : [],
            };
            await Registry.CreateDeviceAsync(wish, Now);
        }

        AudienceQuery sixths = AudienceQuery.Parse("tags.n = 0 and groups has 'even'").Value!;
        string[] expected = ["d-00", "d-06", "d-12", "d-18", "d-24"];
        Assert.Equal(expected, (await Registry.ListDevicesAsync(null, 1_000, sixths)).Select(d => d.Id.Value));
        Assert.Equal(expected[..2], (await Registry.ListDevicesAsync(null, 2, sixths)).Select(d => d.Id.Value));
        Assert.Equal(expected[2..], (await Registry.ListDevicesAsync(DeviceId.Parse("d-06"), 1_000, sixths)).Select(d => d.Id.Value));
        Assert.Equal(5, await Registry.CountDevicesAsync(sixths));
        Assert.Equal(0, await Registry.CountDevicesAsync(AudienceQuery.OfGroup("odd")));
        Assert.Empty(await Registry.ListDevicesAsync(null, 10, AudienceQuery.OfGroup("odd")));
        Assert.Equal(30, await Registry.CountDevicesAsync(AudienceQuery.Parse("true").Value));
        for (int max = 1; max <= 6; max++)
            Assert.Equal(expected, await SearchAsync(sixths, max, 1_000));
    }

    [Fact]
    public async Task A_search_ends_when_it_has_looked_at_enough_and_goes_on_from_there()
    {
        const int Devices = 700;
        for (int i = 0; i < Devices; i++)
            await Registry.CreateDeviceAsync(new(DeviceId.Parse($"d-{i:000}"), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate()), Now);
        AudienceQuery few = AudienceQuery.Parse("id in ('d-001', 'd-499', 'd-500', 'd-699')").Value!;
        DeviceSearch begin = await Registry.SearchDevicesAsync(DeviceId.Parse("d-001"), 10, 250, few);
        Assert.Empty(begin.Devices);
        Assert.Equal(("d-251", 250), (begin.Next!.Value.Value, begin.LookedAt));
        DeviceSearch full = await Registry.SearchDevicesAsync(begin.Next, 1, 1_000, few);
        Assert.Equal(("d-499", "d-499"), (Assert.Single(full.Devices).Id.Value, full.Next!.Value.Value));
        foreach ((int max, int looks) in ((int, int)[])[(1, 1), (1, 250), (2, 100), (3, 700), (10, 10_000)])
            Assert.Equal(["d-001", "d-499", "d-500", "d-699"], await SearchAsync(few, max, looks));
        Assert.Empty(await SearchAsync(AudienceQuery.OfGroup("nobody"), 10, 100));
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Registry.SearchDevicesAsync(null, 10, 100, few, new Looker("p", gone.Token)).AsTask());
    }

    private async Task<List<string>> SearchAsync(AudienceQuery audience, int max, int maxLookedAt)
    {
        var found = new List<string>();
        DeviceId? next = null;
        do
        {
            DeviceSearch search = await Registry.SearchDevicesAsync(next, max, maxLookedAt, audience);
            Assert.True(search.Devices.Count <= max);
            found.AddRange(search.Devices.Select(d => d.Id.Value));
            next = search.Next;
        }
        while (next is not null);
        return found;
    }

    [Fact]
    public async Task Many_may_look_at_once_and_whom_nobody_waits_for_ends()
    {
        const int Many = 600; // More than are looked at in one turn.
        for (int i = 0; i < Many; i++)
            await DeviceAsync($"d-{i:000}");
        AudienceQuery last = AudienceQuery.Parse($"id = 'd-{Many - 1}'").Value!;
        IReadOnlyList<DeviceRecord>[] found = await Task.WhenAll(Enumerable.Range(0, 16).Select(
            i => Registry.ListDevicesAsync(null, 10, last, new Looker($"policy-{i % 3}", default)).AsTask()));
        Assert.All(found, static f => Assert.Equal("d-599", Assert.Single(f).Id.Value));

        using var over = new CancellationTokenSource();
        await over.CancelAsync();
        var gone = new Looker("policy-0", over.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Registry.ListDevicesAsync(null, 10, last, gone));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Registry.CountDevicesAsync(last, gone));
        Assert.Equal(Many, await Registry.CountDevicesAsync(null, gone)); // Which needs no look.
        Assert.Single(await Registry.ListDevicesAsync(null, 10, last, gone with { Cancellation = default }));
        Assert.Equal(1, await Registry.CountDevicesAsync(last));
    }

    [Fact]
    public async Task A_removed_device_is_gone_and_its_mail_ended()
    {
        DeviceRecord device = await DeviceAsync();
        Sequence leased = await SendAsync();
        Sequence waiting = await SendAsync();
        await Registry.SaveClientSessionAsync(device.Number, "c", new byte[] { 1 }, long.MaxValue);
        SessionEpoch epoch = await OpenAsync(device);
        LeasedMessage message = Assert.Single(await LeaseAsync(device, epoch, max: 1));
        Now += 3;
        RemovedDevice? removed = await Registry.RemoveDeviceAsync(device.Id, 1, Now);
        Assert.Equal((DeviceUpdateStatus.Updated, device), (removed!.Status, removed.Device));
        Assert.Equal(
            [(leased, Outcome.DeviceRemoved, 1), (waiting, Outcome.DeviceRemoved, 0)],
            removed.Ended.Select(e => (e.Sequence, e.Outcome, e.DeliveryCount)));
        Assert.Null(await Registry.FindDeviceAsync(device.Id));
        Assert.Equal(0, await Registry.CountDevicesAsync());
        Assert.Equal(Outcome.DeviceRemoved, await OutcomeAsync(leased));
        OutcomeRecord? outcome = await Mailboxes.FindOutcomeAsync(waiting);
        Assert.Equal((Outcome.DeviceRemoved, device.Id, Now), (outcome!.Outcome, outcome.Device, outcome.AtMs));
        Assert.Null(await Registry.LoadClientSessionAsync(device.Number, "c", Now));
        Assert.Equal(default, await Mailboxes.GetInfoAsync(device.Number));
        Assert.Null(await Mailboxes.OpenSessionAsync(device.Number, Now));
        Assert.True((await Mailboxes.LeaseAsync(new LeaseRequest(device.Number, epoch, 1, 1, Now, 1))).HeldByOther);
        Assert.Equal(new SettleResult(SettleStatus.HeldByOther, null), await SettleAsync(device, epoch, message.Lease, SettleVerb.Accept));
        Assert.Equal(default, Mailboxes.Totals);
    }

    [Fact]
    public async Task A_removal_of_another_version_is_refused()
    {
        DeviceRecord device = await DeviceAsync();
        await SendAsync();
        Assert.Equal(
            (DeviceUpdateStatus.VersionMismatch, 0),
            (await Registry.RemoveDeviceAsync(device.Id, 9, Now)) is { } stale ? (stale.Status, stale.Ended.Count) : default);
        Assert.Equal(device, await Registry.FindDeviceAsync(device.Id));
        Assert.Equal(1, (await Mailboxes.GetInfoAsync(device.Number)).Messages);
        Assert.Null(await Registry.RemoveDeviceAsync(DeviceId.Parse("nobody"), null, Now));
    }

    [Fact]
    public async Task A_device_created_again_is_another_one()
    {
        DeviceRecord first = await DeviceAsync();
        await SendAsync();
        await Registry.SaveClientSessionAsync(first.Number, "c", new byte[] { 1 }, long.MaxValue);
        await Registry.RemoveDeviceAsync(first.Id, null, Now);
        if (CanRestart)
            await RestartAsync();
        DeviceRecord second = await DeviceAsync();
        Assert.True(second.Number.Value > first.Number.Value);
        Assert.Equal(default, await Mailboxes.GetInfoAsync(second.Number));
        Assert.Null(await Registry.LoadClientSessionAsync(second.Number, "c", Now));
        Assert.Empty(await LeaseAsync(second, await OpenAsync(second)));
    }

    [Fact]
    public async Task Policies_are_put_found_listed_and_removed()
    {
        PolicyRecord a = new("reader", Rights.TelemetryRead, SymmetricKey.Generate(), SymmetricKey.Generate(), 5);
        PolicyRecord b = new("Owner", Rights.Admin | Rights.Send, SymmetricKey.Generate(), SymmetricKey.Generate(), 6);
        await Registry.PutPolicyAsync(a);
        await Registry.PutPolicyAsync(b);
        Assert.Equal([b, a], await Registry.ListPoliciesAsync());
        PolicyScope scope = PolicyScope.Create("tags.city = 'Oslo'", ["traffic"], [], ["", "position"]).Value!;
        PolicyRecord changed = a with { Rights = Rights.Send, Primary = SymmetricKey.Generate(), Scope = scope };
        await Registry.PutPolicyAsync(changed);
        Assert.Equal(changed, await Registry.FindPolicyAsync("reader"));
        await Registry.PutPolicyAsync(changed with { Scope = null });
        Assert.Null((await Registry.FindPolicyAsync("reader"))!.Scope);
        Assert.Null(await Registry.FindPolicyAsync("READER"));
        Assert.True(await Registry.RemovePolicyAsync("reader"));
        Assert.False(await Registry.RemovePolicyAsync("reader"));
        Assert.Null(await Registry.FindPolicyAsync("reader"));
        if (CanRestart)
            await RestartAsync();
        Assert.Equal([b], await Registry.ListPoliciesAsync());
    }

    [Fact]
    public async Task A_client_session_is_kept_replaced_and_removed()
    {
        DeviceRecord device = await DeviceAsync();
        byte[] state = [1, 2, 3];
        await Registry.SaveClientSessionAsync(device.Number, "mqtt", state, Now + 10);
        state[0] = 9;
        Assert.Equal([1, 2, 3], await Registry.LoadClientSessionAsync(device.Number, "mqtt", Now + 9));
        Assert.Null(await Registry.LoadClientSessionAsync(device.Number, "mqtt", Now + 10));
        Assert.Null(await Registry.LoadClientSessionAsync(device.Number, "other", Now));
        await Registry.SaveClientSessionAsync(device.Number, "mqtt", Array.Empty<byte>(), long.MaxValue);
        if (CanRestart)
            await RestartAsync();
        Assert.Equal(Array.Empty<byte>(), await Registry.LoadClientSessionAsync(device.Number, "mqtt", Now + 11));
        await Registry.RemoveClientSessionAsync(device.Number, "mqtt");
        await Registry.RemoveClientSessionAsync(device.Number, "mqtt");
        Assert.Null(await Registry.LoadClientSessionAsync(device.Number, "mqtt", Now));
    }

    [Fact]
    public async Task A_device_has_16_client_sessions_and_the_one_saved_longest_ago_goes_first()
    {
        DeviceRecord device = await DeviceAsync();
        DeviceRecord other = await DeviceAsync("other");
        await Registry.SaveClientSessionAsync(other.Number, "0", new byte[] { 7 }, long.MaxValue);
        for (int i = 0; i < 16; i++)
            Assert.Empty(await Registry.SaveClientSessionAsync(device.Number, $"{i}", new byte[] { (byte)i }, long.MaxValue));
        Assert.Empty(await Registry.SaveClientSessionAsync(device.Number, "0", new byte[] { 100 }, long.MaxValue));
        Assert.Equal(["1"], await Registry.SaveClientSessionAsync(device.Number, "16", new byte[] { 16 }, long.MaxValue));
        Assert.Null(await Registry.LoadClientSessionAsync(device.Number, "1", Now));
        Assert.Equal([100], await Registry.LoadClientSessionAsync(device.Number, "0", Now));
        Assert.Equal([2], await Registry.LoadClientSessionAsync(device.Number, "2", Now));
        Assert.Equal([16], await Registry.LoadClientSessionAsync(device.Number, "16", Now));
        Assert.Equal([7], await Registry.LoadClientSessionAsync(other.Number, "0", Now));
    }

    [Fact]
    public async Task The_state_of_a_client_session_has_at_most_64_KiB()
    {
        DeviceRecord device = await DeviceAsync();
        await Registry.SaveClientSessionAsync(device.Number, "c", new byte[64 * 1024], long.MaxValue);
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await Registry.SaveClientSessionAsync(device.Number, "c", new byte[(64 * 1024) + 1], long.MaxValue));
        Assert.Equal(64 * 1024, (await Registry.LoadClientSessionAsync(device.Number, "c", Now))!.Length);
    }

    [Fact]
    public async Task A_client_session_of_no_device_is_not_kept()
    {
        await Registry.SaveClientSessionAsync(new DeviceNumber(5), "c", new byte[] { 1 }, long.MaxValue);
        Assert.Null(await Registry.LoadClientSessionAsync(new DeviceNumber(5), "c", Now));
    }

    [Fact]
    public async Task A_sweep_drops_client_sessions_past_their_expiry_only()
    {
        DeviceRecord device = await DeviceAsync();
        await Registry.SaveClientSessionAsync(device.Number, "short", new byte[] { 1 }, Now + 10);
        await Registry.SaveClientSessionAsync(device.Number, "long", new byte[] { 2 }, Now + 11);
        await Registry.SaveClientSessionAsync(device.Number, "ever", new byte[] { 3 }, long.MaxValue);
        Now += 10;
        await SweepAsync();
        Assert.Null(await Registry.LoadClientSessionAsync(device.Number, "short", 0));
        Assert.NotNull(await Registry.LoadClientSessionAsync(device.Number, "long", 0));
        Assert.NotNull(await Registry.LoadClientSessionAsync(device.Number, "ever", 0));
    }
}
