using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;
using Restante.Storage.Sqlite.Database;

namespace Restante.Storage.Sqlite.Tests;

/// <summary>The files: who may open them, what is refused, and what a copy of them is worth.</summary>
public sealed class StoreFileTests : StoreTest
{
    [Fact]
    public async Task A_second_store_of_the_same_directory_is_refused()
    {
        SqliteGatewayStore store = await OpenAsync();
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenAsync());
        Assert.Contains(Path.Combine(Folder, SqliteStoreOptions.LockFileName), refusal.Message, StringComparison.Ordinal);
        await store.DisposeAsync();
        await OpenAsync();
    }

    [Fact]
    public async Task A_newer_form_is_refused()
    {
        await (await OpenAsync()).DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("PRAGMA user_version = 2");
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenAsync());
        Assert.Contains("newer Restante", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(File, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("DROP TABLE report_bytes", "the table report_bytes is missing")]
    [InlineData("DROP INDEX device_gateway", "the index device_gateway is missing")]
    [InlineData("ALTER TABLE policy ADD COLUMN more", "the table policy is not as this version makes it")]
    public async Task A_store_of_another_shape_is_refused_and_told_how_to_go_on(string change, string difference)
    {
        await (await OpenAsync()).DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute(change);
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenAsync());
        Assert.Contains($"another version of Restante: {difference}. Start that version again", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(File, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_others_have_added_to_a_store_keeps_nobody_out()
    {
        await (await OpenAsync()).DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("CREATE INDEX theirs ON device (changed_at)");
        await OpenAsync();
    }

    [Fact]
    public async Task A_database_of_another_application_is_refused()
    {
        Directory.CreateDirectory(Folder);
        await System.IO.File.WriteAllBytesAsync(File, []);
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("CREATE TABLE theirs (x)");
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenAsync());
        Assert.Contains("another application", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("cut")]
    [InlineData("page")]
    public async Task A_damaged_file_is_refused_and_left_as_it_is(string damage)
    {
        SqliteGatewayStore store = await OpenAsync(Options with { Limits = new MailboxLimits { MaxDepth = 10_000 } });
        await DeviceAsync(store);
        await SendAsync(store, size: 500, count: 200);
        await store.DisposeAsync();
        byte[] bytes = await System.IO.File.ReadAllBytesAsync(File);
        if (damage == "text")
            bytes = "this is no database, whatever its name may say; it is quite long enough for a header of one hundred bytes."u8.ToArray();
        else if (damage == "cut")
            bytes = bytes[..(bytes.Length / 2)];
        else
            bytes.AsSpan(bytes.Length / 2 / 4096 * 4096, 4096).Fill(0xA5);
        await System.IO.File.WriteAllBytesAsync(File, bytes);
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenAsync());
        Assert.Contains(File, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await System.IO.File.ReadAllBytesAsync(File));
    }

    [Fact]
    public async Task A_message_whose_bytes_were_damaged_is_never_handed_out()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await SendAsync(store, count: 2);
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("UPDATE message SET content = x'07070707070707070706' WHERE sequence = 1");
        store = await OpenAsync();
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        Assert.Equal(2, Assert.Single(await LeaseAsync(store, device, epoch)).Sequence.Value);
        OutcomeRecord? outcome = await store.Mailboxes.FindOutcomeAsync(new Sequence(1));
        Assert.Equal((Outcome.Undeliverable, "The stored message is damaged."), (outcome!.Outcome, outcome.Reason));
    }

    [Fact]
    public async Task A_message_of_no_device_is_refused()
    {
        SqliteGatewayStore store = await OpenAsync();
        await DeviceAsync(store);
        await SendAsync(store);
        await store.DisposeAsync();
        using (Connection connection = Connection.Open(File, readOnly: false, 1 << 20, 1 << 20))
            connection.Execute("DELETE FROM device");
        StoreOpenException refusal = await Assert.ThrowsAsync<StoreOpenException>(async () => await OpenAsync());
        Assert.Contains("message 1 belongs to no device", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_owner_reads_the_files()
    {
        if (OperatingSystem.IsWindows())
            return;
        await OpenAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File + "-wal"));
    }

    [Fact]
    public async Task A_copy_taken_under_load_holds_all_that_was_acknowledged_before()
    {
        SqliteGatewayStore store = await OpenAsync(Options with { Limits = new MailboxLimits { MaxDepth = 1_000_000, MaxBytes = long.MaxValue } });
        DeviceNumber device = await DeviceAsync(store);
        SessionEpoch epoch = (await store.Mailboxes.OpenSessionAsync(device, Now))!.Value.Epoch;
        using var stop = new CancellationTokenSource();
        long acknowledged = 0;
        var accepted = new List<Sequence>();
        Task load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                EnqueueResult[] sent = await SendAsync(store, size: 300, count: 3);
                LeasedMessage leased = (await LeaseAsync(store, device, epoch, 1))[0];
                await SettleAsync(store, device, epoch, leased.Lease, SettleVerb.Accept);
                lock (accepted)
                {
                    accepted.Add(leased.Sequence);
                    acknowledged = sent[^1].Sequence.Value;
                }
            }
        });
        for (int round = 0; round < 10; round++)
        {
            await SendAsync(store, count: 1);
            string copy = Path.Combine(Folder, $"copy-{round}");
            Directory.CreateDirectory(copy);
            (long Last, Sequence[] Accepted) before;
            lock (accepted)
                before = (acknowledged, [.. accepted]);
            // As a crash leaves them: the log is longer than the database knows, and may end in the middle of a commit.
            System.IO.File.Copy(File, Path.Combine(copy, "restante.db"));
            System.IO.File.Copy(File + "-wal", Path.Combine(copy, "restante.db-wal"));
            await using SqliteGatewayStore opened = await OpenElsewhereAsync(copy);
            IReadOnlyList<BrowsedMessage> messages = await opened.Mailboxes.BrowseAsync(device, default, int.MaxValue, Now);
            IReadOnlyList<OutcomeRecord> outcomes = (await opened.Mailboxes.ReadOutcomesAsync(0, int.MaxValue)).Outcomes;
            Assert.Equal(messages.Select(m => m.Sequence).Order(), messages.Select(m => m.Sequence));
            long[] all = [.. messages.Select(m => m.Sequence.Value).Concat(outcomes.Select(o => o.Sequence.Value)).Order()];
            Assert.Equal(Enumerable.Range(1, all.Length).Select(n => (long)n), all);
            Assert.True(all.Length >= before.Last);
            Assert.Subset(outcomes.Select(o => o.Sequence).ToHashSet(), before.Accepted.ToHashSet());
        }

        await stop.CancelAsync();
        await load;
    }

    [Fact]
    public async Task The_write_ahead_log_stays_bounded_under_load()
    {
        const long checkpoint = 256 * 1024;
        const long largest = 1024 * 1024;
        SqliteGatewayStore store = await OpenAsync(Options with
        {
            CheckpointBytes = checkpoint,
            MaxWalBytes = largest,
            Limits = new MailboxLimits { MaxDepth = 100_000, MaxBytes = long.MaxValue },
        });
        await DeviceAsync(store);
        var log = new FileInfo(File + "-wal");
        for (int i = 0; i < 200; i++)
        {
            await SendAsync(store, size: 10_000, count: 10);
            log.Refresh();
            Assert.InRange(log.Length, 0, largest + (512 * 1024));
            Assert.InRange(store.WalBytes, 0, largest + (512 * 1024));
        }

        Assert.Equal(2_000, store.Mailboxes.Totals.Messages);
    }

    [Fact]
    public async Task A_closed_store_refuses()
    {
        SqliteGatewayStore store = await OpenAsync();
        DeviceNumber device = await DeviceAsync(store);
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SendAsync(store));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Mailboxes.BrowseAsync(device, default, 1, Now));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Registry.CreateDeviceAsync(
            new NewDevice(DeviceId.Parse("x"), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate()), Now));
    }

    [Fact]
    public async Task An_option_out_of_range_is_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await OpenAsync(Options with { MaxQueuedCalls = 0 }));
}
