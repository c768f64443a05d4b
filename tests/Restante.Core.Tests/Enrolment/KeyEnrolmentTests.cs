using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Enrolment;
using Restante.Core.Refusals;
using Restante.Core.States;
using Restante.Core.Storage;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Enrolment;

public sealed class KeyEnrolmentTests : EnrolmentTest
{
    [Theory]
    [InlineData(CredentialSlot.Primary)]
    [InlineData(CredentialSlot.Secondary)]
    public async Task A_derived_key_makes_the_device_with_what_the_group_says(CredentialSlot slot)
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key, "truck-");
        DevicePrincipal device = await LetInAsync("truck-1", KeyOf(group, "truck-1", slot));
        Assert.Equal((slot, long.MaxValue), (device.Slot, device.ExpiresAtMs));
        DeviceRecord record = (await FindAsync("truck-1"))!;
        Assert.Equal((device.Number, DeviceStatus.Enabled, """{"fleet":"north"}"""), (record.Number, record.Status, record.Tags));
        Assert.Equal(["new"], record.Groups);
        Assert.Equal(KeyOf(group, "truck-1"), Assert.IsType<SymmetricKey>(record.Primary).Reveal());
        Assert.Equal(KeyOf(group, "truck-1", CredentialSlot.Secondary), Assert.IsType<SymmetricKey>(record.Secondary).Reveal());
        StateContent desired = Ok(await Gateway.States.GetAsync(device)).Desired;
        Assert.Equal((1, """{"interval":60}"""), (desired.Version, System.Text.Encoding.UTF8.GetString(desired.Json.Span)));
        Assert.Null(await Gateway.Devices.RecheckAsync(device));
        Assert.Equal(["The device was created by enrolment group trucks (key) on AMQP connection 7 from 10.2.3.4."], await HistoryAsync("truck-1"));
        Assert.Equal(
            """{"event":"created","device":"truck-1","enrolment":"trucks","by":"key","protocol":"amqp","connection":"7","peer":"10.2.3.4"}""",
            Assert.Single(await Test.EventsAsync()));

        // From then on it is known.
        Assert.Equal(device.Number, (await LetInAsync("truck-1", KeyOf(group, "truck-1"))).Number);
        Assert.Equal(1, Ok(await Gateway.Enrolments.FindAsync("trucks")).Enrolled);
    }

    [Theory]
    [InlineData("truck-1")]
    [InlineData(null)]
    public async Task A_token_by_a_derived_key_does_the_same(string? name)
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        DevicePrincipal device = await LetInAsync(name, TokenOf(group, "truck-1"));
        Assert.Equal(("truck-1", ((Test.NowMs / 1_000) + 60) * 1_000), (device.Name, device.ExpiresAtMs));
    }

    [Fact]
    public async Task What_does_not_prove_it_makes_nobody()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key, "truck-");
        await RefusedAsync("truck-1", SymmetricKey.Generate().Reveal());
        await RefusedAsync("truck-1", KeyOf(group, "truck-2"));
        await RefusedAsync("truck-1", group.PrimaryKey!.Reveal());
        await RefusedAsync("lamp-1", KeyOf(group, "lamp-1"));
        await RefusedAsync("policy/truck-1", KeyOf(group, "truck-1"));
        await RefusedAsync("nobody", KeyOf(group, "nobody"));
        await RefusedAsync("no name", KeyOf(group, "nobody"));
        await RefusedAsync(null, KeyOf(group, "truck-1"));
        await RefusedAsync("truck-1", TokenOf(group, "truck-1", 0));
        await RefusedAsync("truck-1", TokenOf(group, "truck-1", resource: "devices/truck-2"));
        await RefusedAsync("truck-1", TokenOf(group, "truck-1", resource: "gateway.example"));
        Assert.Empty(Ok(await Gateway.Devices.ListAsync(null, 10)));
    }

    [Fact]
    public async Task A_device_that_has_other_keys_by_now_does_not_come_in_by_the_derived_ones()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        Ok(await Gateway.Devices.RotateKeyAsync("truck-1", CredentialSlot.Primary));
        await RefusedAsync("truck-1", KeyOf(group, "truck-1"));
        await LetInAsync("truck-1", KeyOf(group, "truck-1", CredentialSlot.Secondary));
        Assert.Contains("wrong credentials", (await HistoryAsync("truck-1"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_the_group_are_changed_for_who_comes_then()
    {
        EnrolmentGroup old = await GroupAsync("trucks", EnrolmentKind.Key);
        await LetInAsync("truck-1", KeyOf(old, "truck-1"));
        EnrolmentGroup now = Ok(await Gateway.Enrolments.ChangeAsync("trucks", new EnrolmentUpdate { PrimaryKey = SymmetricKey.Generate() }));
        await LetInAsync("truck-1", KeyOf(old, "truck-1"));
        await RefusedAsync("truck-2", KeyOf(old, "truck-2"));
        await LetInAsync("truck-2", KeyOf(now, "truck-2"));
        await LetInAsync("truck-3", KeyOf(old, "truck-3", CredentialSlot.Secondary));
    }

    [Fact]
    public async Task A_removed_device_does_not_come_back_until_its_id_is_released_and_then_it_is_another()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        DevicePrincipal first = await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        await Test.SendAsync("truck-1", "old mail");
        await RemoveAsync("truck-1");
        await RefusedAsync("truck-1", KeyOf(group, "truck-1"));
        Assert.Equal(
            "Refused on AMQP connection 7 from 10.2.3.4: the device was enrolled before and removed; release its id to let it be enrolled again.",
            (await HistoryAsync("truck-1"))[0]);
        Ok(await Gateway.Enrolled.ReleaseAsync("truck-1"));
        Refused(RefusalKind.NotFound, await Gateway.Enrolled.ReleaseAsync("truck-1"));
        DevicePrincipal second = await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        Assert.NotEqual(first.Number, second.Number);
        Assert.Equal(Refusal.NotAuthenticated, await Gateway.Devices.RecheckAsync(first));
        Assert.Equal(0, Ok(await Gateway.Mailboxes.GetInfoAsync((await FindAsync("truck-1"))!)).Messages);
        Refused(RefusalKind.Conflict, await Gateway.Enrolled.ReleaseAsync("truck-1"));
    }

    [Fact]
    public async Task A_disabled_device_stays_out()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        Ok(await Gateway.Devices.SetStatusAsync("truck-1", DeviceStatus.Disabled));
        await RefusedAsync("truck-1", KeyOf(group, "truck-1"));
        Assert.Equal("Refused on AMQP connection 7 from 10.2.3.4: the device is disabled.", (await HistoryAsync("truck-1"))[0]);
    }

    [Fact]
    public async Task A_group_that_is_full_has_ended_or_is_disabled_takes_nobody()
    {
        EnrolmentGroup full = await GroupAsync("full", EnrolmentKind.Key, max: 1);
        await LetInAsync("truck-1", KeyOf(full, "truck-1"));
        await RefusedAsync("truck-2", KeyOf(full, "truck-2"));
        Ok(await Gateway.Enrolments.ChangeAsync("full", new EnrolmentUpdate { MaxDevices = 2, ExpiresAtMs = Test.NowMs + 1_000 }));
        Ok(await Gateway.Enrolments.ChangeAsync("full", new EnrolmentUpdate { IsEnabled = false }));
        await RefusedAsync("truck-2", KeyOf(full, "truck-2"));
        Ok(await Gateway.Enrolments.ChangeAsync("full", new EnrolmentUpdate { IsEnabled = true }));
        Test.Time.Advance(1_000);
        await RefusedAsync("truck-2", KeyOf(full, "truck-2"));
        Test.Time.Advance(-1);
        await LetInAsync("truck-2", KeyOf(full, "truck-2"));
    }

    [Fact]
    public async Task Of_groups_with_the_same_key_one_that_takes_devices_does()
    {
        EnrolmentGroup group = await GroupAsync("b", EnrolmentKind.Key, max: 5);
        foreach (string name in new[] { "a", "c" })
        {
            Ok(await Gateway.Enrolments.CreateAsync(name, new EnrolmentTerms
            {
                Kind = EnrolmentKind.Key,
                PrimaryKey = group.PrimaryKey,
                SecondaryKey = group.SecondaryKey,
                IsEnabled = false,
            }));
        }

        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        Assert.Equal("b", Ok(await Gateway.Enrolled.FindAsync("truck-1")).GroupName);
    }

    [Fact]
    public async Task Two_first_connections_at_once_are_of_one_device()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        string key = KeyOf(group, "truck-1");
        Result<Principal>[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => TryAsync("truck-1", key).AsTask())));
        Assert.Single(results.Select(r => ((DevicePrincipal)Ok(r)).Number).Distinct());
    }

    [Fact]
    public async Task A_store_that_takes_no_work_is_unavailable_and_makes_nobody()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        Test.Memory.Unavailable = true;
        Refused(RefusalKind.Unavailable, await TryAsync("truck-1", KeyOf(group, "truck-1")));
        Test.Memory.Unavailable = false;
        Assert.Null(await FindAsync("truck-1"));
        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
    }

    [Fact]
    public async Task An_enrolment_that_the_store_leaves_in_doubt_has_an_entry_that_says_so()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        Test.Store.InDoubt = nameof(IEnrolmentStore.EnrolAsync);
        Refused(RefusalKind.Unavailable, await TryAsync("truck-1", KeyOf(group, "truck-1")));
        Test.Store.InDoubt = null;
        string entry = System.Text.Encoding.UTF8.GetString(Ok(await Gateway.Audit.ReadAsync(0, 100)).Records[^1].Line.Span);
        Assert.Contains("\"act\":\"enrolDevice\",\"result\":\"unavailable\",\"by\":\"gateway\"", entry, StringComparison.Ordinal);
        Assert.Contains("\"target\":\"devices/truck-1\",\"detail\":\"perhaps it was done: By enrolment group trucks", entry, StringComparison.Ordinal);
        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
    }

    [Fact]
    public async Task Who_was_enrolled_and_who_was_not_stands_in_the_audit_log_without_secrets()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key, max: 1);
        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        await LetInAsync("truck-1", KeyOf(group, "truck-1"));
        await RefusedAsync("truck-2", KeyOf(group, "truck-2"));
        string[] entries = [.. Ok(await Gateway.Audit.ReadAsync(0, 100)).Records
            .Select(r => System.Text.Encoding.UTF8.GetString(r.Line.Span)).Where(l => l.Contains(Enroller.Act, StringComparison.Ordinal))];
        Assert.Equal(2, entries.Length);
        Assert.Contains("devices/truck-1", entries[0], StringComparison.Ordinal);
        Assert.Contains("enrolment group trucks (key) on AMQP connection 7", entries[0], StringComparison.Ordinal);
        Assert.Contains("as many devices as it may", entries[1], StringComparison.Ordinal);
        Assert.All(entries, e => Assert.DoesNotContain(KeyOf(group, "truck-1"), e, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Groups_are_known_to_the_next_process()
    {
        EnrolmentGroup group = await GroupAsync("trucks", EnrolmentKind.Key);
        using Gateway next = Test.Reopen();
        Ok(await next.Authenticator.AuthenticateAsync(new AuthenticationAttempt("truck-1", KeyOf(group, "truck-1"), null)));
    }
}
