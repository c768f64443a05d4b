using System.Text;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Inspection;
using Restante.Storage.Sqlite.Secrets;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>Keys stand sealed in the database, and outlive every change of the master key and every crash on its way.</summary>
public sealed class SealedStoreTests : StoreTest
{
    private readonly MasterKeyRing _ring = MasterKeyRing.Generate();
    private readonly Dictionary<string, (SymmetricKey Primary, SymmetricKey Secondary)> _keys = [];

    private SqliteStoreOptions Sealed => Options with { MasterKeys = _ring };

    [Fact]
    public async Task No_key_stands_in_any_file()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, 20);
        string copy = Path.Combine(Folder, "copy.db");
        StoreCopy.Make(Folder, copy);
        AssertNowhere(_keys.Values.SelectMany(pair => new[] { pair.Primary, pair.Secondary }));
        await store.Secrets.UseAsync(_ring.Rotated());
        await SealAllAsync(store);
        AssertNowhere(_keys.Values.SelectMany(pair => new[] { pair.Primary, pair.Secondary }));
        await store.DisposeAsync();
        AssertNowhere(_keys.Values.SelectMany(pair => new[] { pair.Primary, pair.Secondary }));
    }

    [Fact]
    public async Task A_ring_without_the_needed_key_is_refused_and_nothing_is_changed()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, 1);
        await store.DisposeAsync();
        byte[] before = await System.IO.File.ReadAllBytesAsync(File);
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(
            async () => await OpenAsync(Sealed with { MasterKeys = MasterKeyRing.Generate() }));
        Assert.Contains(_ring.Current.Id, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(File, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(File));
        await AssertAllThereAsync(await OpenAsync(Sealed));
    }

    [Fact]
    public async Task A_new_ring_that_lacks_the_needed_key_leaves_the_old_in_use()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, 1);
        await Assert.ThrowsAsync<StoreOpenException>(async () => await store.Secrets.UseAsync(MasterKeyRing.Generate()));
        Assert.Same(_ring, store.Secrets.Ring);
        await FillAsync(store, 1, "later");
        await store.DisposeAsync();
        await AssertAllThereAsync(await OpenAsync(Sealed));
    }

    [Fact]
    public async Task After_rotation_no_row_needs_the_old_key()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, SecretKeeping.RowsOfStep + 10);
        MasterKeyRing rotated = _ring.Rotated();
        await store.Secrets.UseAsync(rotated);
        Assert.True(store.Secrets.HasOld);
        Assert.Equal(new[] { rotated.Current.Id, _ring.Current.Id }.Order(), store.Secrets.Needed());
        await FillAsync(store, 5, "between");
        int sealedAnew = await SealAllAsync(store);
        Assert.Equal(2 * (SecretKeeping.RowsOfStep + 10 + 1), sealedAnew);
        Assert.Equal([rotated.Current.Id], store.Secrets.Needed());
        await AssertAllThereAsync(store);
        await store.DisposeAsync();
        store = await OpenAsync(Sealed with { MasterKeys = rotated.Only([]) });
        Assert.False(store.Secrets.HasOld);
        await AssertAllThereAsync(store);
        Assert.All(
            await store.Registry.ListDevicesAsync(null, 1_000),
            device => Assert.Equal((1L, Now), (device.Version, device.ChangedAtMs)));
    }

    [Fact]
    public async Task A_rotation_that_was_missed_is_made_up_after_the_start()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, 3);
        await store.DisposeAsync();
        MasterKeyRing rotated = _ring.Rotated();
        store = await OpenAsync(Sealed with { MasterKeys = rotated });
        Assert.True(store.Secrets.HasOld);
        await AssertAllThereAsync(store);
        Assert.Equal(8, await SealAllAsync(store));
        Assert.Equal([rotated.Current.Id], store.Secrets.Needed());
    }

    [Fact]
    public async Task Whatever_step_a_rotation_is_killed_at_the_next_start_has_all_keys_and_ends_it()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, (2 * SecretKeeping.RowsOfStep) + 1);
        MasterKeyRing rotated = _ring.Rotated();
        await AssertSurvivesAsync(rotated);
        await store.Secrets.UseAsync(rotated);
        await AssertSurvivesAsync(rotated);
        while (store.Secrets.HasOld)
        {
            await store.Secrets.SealAnewAsync();
            await AssertSurvivesAsync(rotated);
        }
    }

    [Fact]
    public async Task A_step_that_could_not_be_written_is_made_again()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, SecretKeeping.RowsOfStep + 1);
        MasterKeyRing rotated = _ring.Rotated();
        bool full = true;
        store.Writer.BeforeCommit = _ =>
        {
            if (full = !full)
                throw new IOException("no room");
        };
        for (bool taken = false; !taken;)
            taken = await TryAsync(async () => await store.Secrets.UseAsync(rotated));
        while (store.Secrets.HasOld)
            await TryAsync(async () => await store.Secrets.SealAnewAsync());
        store.Writer.BeforeCommit = null;
        Assert.Equal([rotated.Current.Id], store.Secrets.Needed());
        await store.DisposeAsync();
        await AssertAllThereAsync(await OpenAsync(Sealed with { MasterKeys = rotated.Only([]) }));
    }

    [Fact]
    public async Task A_key_that_does_not_open_lets_nobody_in_and_hurts_nobody_else()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, 3);
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
        {
            // Moved from the row beside it: whole, but not this device's.
            connection.Execute(
                "UPDATE device SET primary_credential = (SELECT o.primary_credential FROM device o WHERE o.id = 'd-2') WHERE id = 'd-1'");
        }

        store = await OpenAsync(Sealed);
        IReadOnlyList<DeviceRecord> devices = await store.Registry.ListDevicesAsync(null, 10);
        Assert.Equal(3, devices.Count);
        DeviceRecord hurt = (await store.Registry.FindDeviceAsync(DeviceId.Parse("d-1")))!;
        Assert.Equal(Credential.None, hurt.Primary);
        Assert.Equal(_keys["d-1"].Secondary, hurt.Secondary);
        Assert.Equal(_keys["d-2"].Primary, (await store.Registry.FindDeviceAsync(DeviceId.Parse("d-2")))!.Primary);

        // A change of something else leaves the row's bytes as they are.
        await store.Registry.UpdateDeviceAsync(DeviceId.Parse("d-1"), new DeviceUpdate { Tags = "{\"a\":1}" }, Now);
        MasterKeyRing rotated = _ring.Rotated();
        await store.Secrets.UseAsync(rotated);
        Assert.Equal(7, await SealAllAsync(store));
        Assert.Equal(2, store.Secrets.Needed().Count);
        Assert.False(store.Secrets.HasOld);
        var anew = SymmetricKey.Generate();
        await store.Registry.UpdateDeviceAsync(DeviceId.Parse("d-1"), new DeviceUpdate { Primary = anew }, Now);
        await store.DisposeAsync();
        store = await OpenAsync(Sealed with { MasterKeys = rotated });
        await SealAllAsync(store);
        Assert.Equal([rotated.Current.Id], store.Secrets.Needed());
        Assert.Equal(anew, (await store.Registry.FindDeviceAsync(DeviceId.Parse("d-1")))!.Primary);
    }

    [Fact]
    public async Task A_plain_key_put_into_the_database_counts_for_nothing()
    {
        SqliteGatewayStore store = await OpenAsync(Sealed);
        await FillAsync(store, 1);
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute($"UPDATE device SET primary_credential = x'01{new string('0', 64)}'");
        store = await OpenAsync(Sealed);
        Assert.Equal(Credential.None, (await store.Registry.FindDeviceAsync(DeviceId.Parse("d-0")))!.Primary);
    }

    [Fact]
    public async Task Every_sealed_table_is_one_of_the_database_and_every_row_is_found_by_its_index()
    {
        await (await OpenAsync(Sealed)).DisposeAsync();
        using Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20);
        foreach (SealedTable table in SealedTable.All)
        {
            connection.Prepare(table.Update);
            Statement plan = connection.Prepare($"EXPLAIN QUERY PLAN {table.SelectPage}");
            while (plan.Step())
                Assert.StartsWith("SEARCH", plan.Text(3), StringComparison.Ordinal);
        }
    }

    private async Task FillAsync(SqliteGatewayStore store, int count, string prefix = "d")
    {
        for (int i = 0; i < count; i++)
        {
            string id = $"{prefix}-{i}";
            _keys[id] = (SymmetricKey.Generate(), SymmetricKey.Generate());
            await store.Registry.CreateDeviceAsync(
                new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, _keys[id].Primary, _keys[id].Secondary), Now);
        }

        if (!_keys.TryAdd("policy", (SymmetricKey.Generate(), SymmetricKey.Generate())))
            return;
        (SymmetricKey primary, SymmetricKey secondary) = _keys["policy"];
        await store.Registry.PutPolicyAsync(new PolicyRecord("policy", Rights.Send, primary, secondary, Now));
    }

    private async Task AssertAllThereAsync(SqliteGatewayStore store)
    {
        foreach ((string id, (SymmetricKey primary, SymmetricKey secondary)) in _keys)
        {
            if (id == "policy")
            {
                PolicyRecord policy = (await store.Registry.FindPolicyAsync(id))!;
                Assert.Equal((primary, secondary), (policy.Primary, policy.Secondary));
                continue;
            }

            DeviceRecord device = (await store.Registry.FindDeviceAsync(DeviceId.Parse(id)))!;
            Assert.Equal((primary, secondary), (device.Primary, device.Secondary));
        }
    }

    // What a kill leaves behind is what stands in the files at this moment: every commit is synced.
    private async Task AssertSurvivesAsync(MasterKeyRing ring)
    {
        string folder = Directory.CreateTempSubdirectory("restante-killed-").FullName;
        try
        {
            foreach (string end in new[] { "", "-wal" })
                System.IO.File.Copy(File + end, Path.Combine(folder, SqliteStoreOptions.FileName + end));
            await using SqliteGatewayStore store = await OpenAsync(Options with { Directory = folder, MasterKeys = ring });
            await AssertAllThereAsync(store);
            await SealAllAsync(store);
            Assert.Equal([ring.Current.Id], store.Secrets.Needed());
            await AssertAllThereAsync(store);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void AssertNowhere(IEnumerable<SymmetricKey> keys)
    {
        byte[][] secrets = [.. keys.SelectMany(key => new[] { key.Bytes.ToArray(), Encoding.ASCII.GetBytes(key.Reveal().TrimEnd('=')) })];
        string[] files = [.. Directory.EnumerateFiles(Folder).Where(file => Path.GetFileName(file) != SqliteStoreOptions.LockFileName)];
        Assert.Contains(File, files);
        foreach (string file in files)
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            Assert.All(secrets, secret => Assert.Equal(-1, bytes.AsSpan().IndexOf(secret)));
        }
    }

    private static async Task<bool> TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static async Task<int> SealAllAsync(SqliteGatewayStore store)
    {
        int count = 0;
        while (store.Secrets.HasOld)
            count += (await store.Secrets.SealAnewAsync()).Sealed;
        return count;
    }
}
