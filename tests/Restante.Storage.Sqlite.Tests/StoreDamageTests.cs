using System.Globalization;
using Restante.Core.Devices;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;
using Restante.Storage.Sqlite.Inspection;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>
/// Damage at seeded places: the store opens and hands out nothing but what was sent, or is refused with words that name the file.
/// RESTANTE_DAMAGE_ROUNDS sets how many places each test tries, RESTANTE_SEED where; the defaults suit every run of the tests.
/// </summary>
public sealed class StoreDamageTests : StoreTest
{
    private const int Messages = 40;
    private const int Size = 900;

    private static readonly int s_rounds = Number("RESTANTE_DAMAGE_ROUNDS", 25);
    private readonly Random _random = new(Number("RESTANTE_SEED", 4711));

    [Theory]
    [InlineData("bit")]
    [InlineData("page")]
    [InlineData("zeros")]
    [InlineData("cut")]
    public async Task A_damaged_database_is_refused_or_hands_out_only_what_was_sent(string damage)
    {
        byte[] good = await FillAsync(withLog: false);
        for (int round = 0; round < s_rounds; round++)
        {
            byte[] bytes = Damaged(good, damage);
            await using var copy = new Copy(bytes, log: null);
            await AssertNeverSilentlyWrongAsync(copy, mustHaveAll: false);
        }
    }

    [Theory]
    [InlineData("bit")]
    [InlineData("page")]
    [InlineData("zeros")]
    [InlineData("cut")]
    public async Task A_damaged_write_ahead_log_loses_the_last_commit_at_the_most(string damage)
    {
        byte[] log = await FillAsync(withLog: true);
        byte[] database = await System.IO.File.ReadAllBytesAsync(Folder + "-database");
        System.IO.File.Delete(Folder + "-database");
        for (int round = 0; round < s_rounds; round++)
        {
            await using var copy = new Copy(database, Damaged(log, damage));

            // A log that was cut has lost its end as if the machine had stopped before; nothing else may be missing.
            await AssertNeverSilentlyWrongAsync(copy, mustHaveAll: damage != "cut");
        }
    }

    [Fact]
    public async Task A_flipped_bit_before_other_commits_of_the_log_names_file_and_place()
    {
        byte[] log = await FillAsync(withLog: true);
        byte[] database = await System.IO.File.ReadAllBytesAsync(Folder + "-database");
        System.IO.File.Delete(Folder + "-database");
        byte[] bytes = [.. log];
        bytes[log.Length / 2] ^= 1;
        await using var copy = new Copy(database, bytes);
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenElsewhereAsync(copy.Directory));
        Assert.Contains("restante.db-wal", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("at byte", refusal.Message, StringComparison.Ordinal);
        using StoreInspection inspection = StoreInspection.Begin(copy.Directory);
        Assert.Contains(inspection.Inspect(SqliteHarness.MasterKeys), finding => finding.IsFault && finding.What.Contains("at byte", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_copy_is_made_of_a_store_that_nobody_runs_and_whose_log_is_damaged()
    {
        byte[] log = await FillAsync(withLog: true);
        byte[] database = await System.IO.File.ReadAllBytesAsync(Folder + "-database");
        System.IO.File.Delete(Folder + "-database");
        byte[] bytes = [.. log];
        bytes[log.Length / 2] ^= 1;
        await using var copy = new Copy(database, bytes);
        string target = Path.Combine(copy.Directory, "target");
        StoreOpenException refusal = Assert.Throws<StoreOpenException>(() => StoreCopy.Make(copy.Directory, target));
        Assert.Contains("restante.db-wal", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("at byte", refusal.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(target));

        await using var whole = new Copy(database, log);
        target = Path.Combine(whole.Directory, "target");
        StoreCopy.Make(whole.Directory, target);
        using (Connection made = Connection.Open(target, readOnly: true, 1 << 20, 0))
            Assert.Equal(Messages, made.Number("SELECT count(*) FROM message"));
        await using SqliteGatewayStore opened = await OpenElsewhereAsync(whole.Directory);
    }

    [Fact]
    public async Task A_sound_store_has_no_findings_and_a_damaged_message_is_named()
    {
        await FillAsync(withLog: false);
        Assert.Empty(Inspect());
        string[] before = Files();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
        {
            connection.Execute("UPDATE message SET content = x'0708' WHERE sequence = 3");
            connection.Execute("INSERT INTO message SELECT sequence + 1000, 77, expires_at, kind, flags, not_before, replace_key, enqueued_at, "
                + "checksum, reports_until, origin, job, message_id, sender, content FROM message WHERE sequence = 4");
            connection.Execute("CREATE TABLE theirs (x)");
        }

        IReadOnlyList<StoreFinding> findings = Inspect();
        Assert.Contains(findings, finding => finding.What == "message 3 does not match its checksum");
        Assert.Contains(findings, finding => finding.What == "message 1004 belongs to no device");
        Assert.Contains(findings, finding => finding.What == "the table theirs is none of ours");
        Assert.Contains(findings, finding => finding.What == "a counter stands before numbers that have been used");
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task A_copy_of_a_store_that_is_written_is_sound_and_holds_what_was_there()
    {
        SqliteGatewayStore store = await OpenAsync(Large);
        DeviceNumber device = await DeviceAsync(store);
        using var stop = new CancellationTokenSource();
        Task load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await SendAsync(store, size: Size, count: 3);
        });
        for (int round = 0; round < 5; round++)
        {
            long last = (await SendAsync(store, size: Size))[0].Sequence.Value;
            string copy = Path.Combine(Folder, $"copy-{round}");
            Directory.CreateDirectory(copy);
            StoreCopy.Make(Folder, Path.Combine(copy, SqliteStoreOptions.FileName));
            using (StoreInspection inspection = StoreInspection.Begin(copy))
                Assert.Empty(inspection.Inspect(SqliteHarness.MasterKeys));
            await using SqliteGatewayStore opened = await OpenElsewhereAsync(copy);
            IReadOnlyList<BrowsedMessage> held = await opened.Mailboxes.BrowseAsync(device, default, int.MaxValue, Now);
            Assert.Equal(Enumerable.Range(1, held.Count).Select(n => (long)n), held.Select(m => m.Sequence.Value));
            Assert.True(held.Count >= last);
        }

        await stop.CancelAsync();
        await load;
    }

    private SqliteStoreOptions Large => Options with { Limits = new MailboxLimits { MaxDepth = 1_000_000, MaxBytes = long.MaxValue } };

    private async Task AssertNeverSilentlyWrongAsync(Copy copy, bool mustHaveAll)
    {
        SqliteGatewayStore store;
        try
        {
            store = await OpenElsewhereAsync(copy.Directory);
        }
        catch (StoreOpenException refusal)
        {
            Assert.Contains(Path.Combine(copy.Directory, SqliteStoreOptions.FileName), refusal.Message, StringComparison.Ordinal);
            return;
        }

        await using (store)
        {
            try
            {
                DeviceRecord? device = await store.Registry.FindDeviceAsync(DeviceId.Parse("d"));
                Assert.True(device is not null || !mustHaveAll, "The device is gone without a word.");
                if (device is null || await store.Mailboxes.OpenSessionAsync(device.Number, Now) is not OpenedSession session)
                    return;
                IReadOnlyList<LeasedMessage> leased = await LeaseAsync(store, device.Number, session.Epoch, 1_000);
                Assert.All(leased, message => Assert.Equal(Item(size: Size).Content.ToArray(), message.Content.ToArray()));
                Assert.Equal(leased.Select(message => message.Sequence.Value).Order(), leased.Select(message => message.Sequence.Value));
                if (mustHaveAll)
                    Assert.InRange(leased.Count, Messages - 1, Messages);
            }
            catch (StoreUnavailableException)
            {
                // SQLite has met the damage while it read: refused, not wrong.
            }
        }
    }

    private async Task<byte[]> FillAsync(bool withLog)
    {
        SqliteGatewayStore store = await OpenAsync(Large);
        await DeviceAsync(store);
        for (int i = 0; i < Messages; i++)
            await SendAsync(store, size: Size);
        byte[] log = await System.IO.File.ReadAllBytesAsync(File + "-wal");
        if (withLog)
            System.IO.File.Copy(File, Folder + "-database");
        await store.DisposeAsync();
        return withLog ? log : await System.IO.File.ReadAllBytesAsync(File);
    }

    private byte[] Damaged(byte[] good, string damage)
    {
        byte[] bytes = [.. good];
        int at = _random.Next(bytes.Length);
        int end = Math.Min(bytes.Length, at + 512);
        switch (damage)
        {
            case "bit":
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case "page":
                _random.NextBytes(bytes.AsSpan(at, end - at));
                break;
            case "zeros":
                bytes.AsSpan(at, end - at).Clear();
                break;
            default:
                bytes = bytes[..at];
                break;
        }

        return bytes;
    }

    private IReadOnlyList<StoreFinding> Inspect()
    {
        using StoreInspection inspection = StoreInspection.Begin(Folder);
        return inspection.Inspect(SqliteHarness.MasterKeys);
    }

    private string[] Files() => [.. Directory.EnumerateFiles(Folder).Order(StringComparer.Ordinal)];

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;

    /// <summary>The files of a store in a directory of their own.</summary>
    private sealed class Copy : IAsyncDisposable
    {
        public Copy(byte[] database, byte[]? log)
        {
            string path = Path.Combine(Directory, SqliteStoreOptions.FileName);
            System.IO.File.WriteAllBytes(path, database);
            if (log is not null)
                System.IO.File.WriteAllBytes(path + "-wal", log);
        }

        public string Directory { get; } = global::System.IO.Directory.CreateTempSubdirectory("restante-damage-").FullName;

        public ValueTask DisposeAsync()
        {
            global::System.IO.Directory.Delete(Directory, recursive: true);
            return ValueTask.CompletedTask;
        }
    }
}
