using System.Globalization;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// One store in a random run. Every step is answered in words in which sequences, epochs and device numbers are replaced by the order in which they
/// appeared, so that two stores can be compared that number differently.
/// </summary>
internal sealed class ModelSubject(StoreHarness harness, MailboxLimits limits)
{
    private readonly Dictionary<Sequence, int> _messages = [];
    private readonly Dictionary<string, DeviceNumber> _numbers = [];
    private readonly Dictionary<DeviceNumber, List<SessionEpoch>> _epochs = [];
    private readonly Dictionary<DeviceNumber, List<LeaseId>> _leases = [];
    private IGatewayStore _store = null!;
    private long _nowMs = 1_000;
    private long _outcomesRead;
    private int _fill;

    private IMailboxStore Mailboxes => _store.Mailboxes;

    public async Task OpenAsync() => _store = await harness.OpenAsync(limits);

    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        await harness.DisposeAsync();
    }

    /// <summary>Runs one step and says what came of it.</summary>
    public async Task<string> RunAsync(ModelStep step)
    {
        string id = $"d-{step.A}";
        DeviceNumber device = _numbers.GetValueOrDefault(id, new DeviceNumber(1_000_000));
        switch (step.Kind)
        {
            case StepKind.CreateDevice:
                return await CreateAsync(id);
            case StepKind.Enqueue:
                return await EnqueueAsync(id, step);
            case StepKind.OpenSession:
                SessionEpoch? epoch = await Mailboxes.OpenSessionAsync(device, _nowMs);
                if (epoch is not null)
                    Of(_epochs, device).Add(epoch.Value);
                return epoch is null ? "no device" : "open";
            case StepKind.CloseSession:
                await Mailboxes.CloseSessionAsync(device, Epoch(device, step.B), _nowMs);
                return "closed";
            case StepKind.Lease:
                return await LeaseAsync(device, step);
            case StepKind.Settle:
                return await SettleAsync(device, step);
            case StepKind.AdvanceTime:
                _nowMs += step.B % 120;
                return $"now {_nowMs}";
            case StepKind.Sweep:
                return await SweepAsync((step.B % 5) + 1);
            case StepKind.Purge:
                return $"purged {await Mailboxes.PurgeAsync(device, "purge", _nowMs)}";
            case StepKind.RemoveDevice:
                RemovedDevice? removed = await _store.Registry.RemoveDeviceAsync(DeviceId.Parse(id), null, _nowMs);
                return $"removed {removed?.MessagesEnded}";
            case StepKind.UpdateDevice:
                DeviceUpdateResult updated = await _store.Registry.UpdateDeviceAsync(
                    DeviceId.Parse(id), new DeviceUpdate { Status = (DeviceStatus)(step.B % 2) }, _nowMs);
                return $"{updated.Status} {updated.Device?.Status} {updated.Device?.Version}";
            default:
                await _store.DisposeAsync();
                await OpenAsync();
                _epochs.Clear(); // Nobody holds a session of the process before.
                return "restarted";
        }
    }

    /// <summary>All that can be seen of the store now.</summary>
    public async Task<string> DescribeAsync()
    {
        var lines = new List<string>();
        foreach ((string id, DeviceNumber device) in _numbers.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            lines.Add($"{id} {await Mailboxes.GetInfoAsync(device)}");
            foreach (BrowsedMessage m in await Mailboxes.BrowseAsync(device, default, 1_000, _nowMs))
            {
                lines.Add($"  {Name(m.Sequence)} {m.Device} {m.Kind} {m.MessageId} {m.Sender} {m.EnqueuedAtMs} {m.ExpiresAtMs} "
                    + $"x{m.DeliveryCount} until {m.LeasedUntilMs} {Show(m.Content)}");
            }
        }

        OutcomeBatch feed = await Mailboxes.ReadOutcomesAsync(_outcomesRead, 10_000);
        Assert.Equal(
            Enumerable.Range(1, feed.Outcomes.Count).Select(n => _outcomesRead + feed.SkippedByRetention + n), feed.Outcomes.Select(o => o.Number));
        _outcomesRead += feed.SkippedByRetention + feed.Outcomes.Count;
        foreach (OutcomeRecord o in feed.Outcomes.OrderBy(o => Name(o.Sequence)))
        {
            Assert.Equal(o, await Mailboxes.FindOutcomeAsync(o.Sequence));
            lines.Add($"outcome {Name(o.Sequence)} {o.Device} {o.Kind} {o.Outcome} {o.Reason} {o.MessageId} {o.Sender} x{o.DeliveryCount} "
                + $"{o.EnqueuedAtMs} {o.AtMs}");
        }

        lines.Add($"{Mailboxes.Totals} kept {(await Mailboxes.ReadOutcomesAsync(0, 10_000)).Outcomes.Count} skipped {feed.SkippedByRetention}");
        return string.Join('\n', lines);
    }

    private static List<T> Of<T>(Dictionary<DeviceNumber, List<T>> lists, DeviceNumber device)
    {
        if (!lists.TryGetValue(device, out List<T>? list))
            lists.Add(device, list = []);
        return list;
    }

    private static string Show(ReadOnlyMemory<byte> content) => $"{content.Length}:{(content.IsEmpty ? 0 : content.Span[0])}";

    private string Name(Sequence sequence) => _messages.TryGetValue(sequence, out int n) ? n.ToString("d5", CultureInfo.InvariantCulture) : "unknown";

    /// <summary>Mostly the newest epoch, sometimes an older one.</summary>
    private SessionEpoch Epoch(DeviceNumber device, int choice)
    {
        List<SessionEpoch> epochs = Of(_epochs, device);
        return epochs.Count == 0 ? new SessionEpoch(1_000_000) : choice % 8 == 0 ? epochs[choice % epochs.Count] : epochs[^1];
    }

    private async Task<string> CreateAsync(string id)
    {
        var device = new NewDevice(DeviceId.Parse(id), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate());
        DeviceRecord? created = await _store.Registry.CreateDeviceAsync(device, _nowMs);
        if (created is null)
            return "exists";
        _numbers[id] = created.Number;
        return "created";
    }

    private async Task<string> EnqueueAsync(string id, ModelStep step)
    {
        var items = new EnqueueItem[(step.B % 3) + 1];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = new EnqueueItem
            {
                Device = DeviceId.Parse(i == 2 ? "d-0" : id),
                Kind = (MessageKind)(step.C % 3),
                Content = Enumerable.Repeat((byte)++_fill, step.C % 90).ToArray(),
                ExpiresAtMs = step.C % 3 == 0 ? long.MaxValue : _nowMs + (step.C % 200),
                MessageId = step.C % 4 == 0 ? null : $"m-{step.C}",
                Sender = "owner",
            };
        }

        EnqueueResult[] results = await Mailboxes.EnqueueAsync(items, _nowMs);
        foreach (EnqueueResult result in results.Where(r => r.Status == EnqueueStatus.Enqueued))
            _messages.Add(result.Sequence, _messages.Count);
        return string.Join(", ", results.Select(r => $"{r.Status} {r.Depth} {(r.Sequence == default ? "-" : Name(r.Sequence))}"));
    }

    private async Task<string> LeaseAsync(DeviceNumber device, ModelStep step)
    {
        SessionEpoch epoch = Epoch(device, step.B);
        LeaseResult result = await Mailboxes.LeaseAsync(
            new LeaseRequest(device, epoch, (step.B % 4) + 1, (step.C % 200) + 1, _nowMs, (step.C % 150) + 1));
        Of(_leases, device).AddRange(result.Messages.Select(m => m.Lease));
        return $"{result.HeldByOther} " + string.Join(", ", result.Messages.Select(m =>
            $"{Name(m.Sequence)} x{m.DeliveryCount} {m.Kind} {m.MessageId} {m.EnqueuedAtMs} {m.ExpiresAtMs} until {m.LeasedUntilMs} {Show(m.Content)}"));
    }

    private async Task<string> SettleAsync(DeviceNumber device, ModelStep step)
    {
        List<LeaseId> leases = Of(_leases, device);
        var items = new SettleItem[(step.B % 2) + 1];
        for (int i = 0; i < items.Length; i++)
        {
            int back = (step.B + (i * step.C)) % 6;
            LeaseId lease = leases.Count == 0 ? new LeaseId(new Sequence(1), 1) : leases[Math.Max(0, leases.Count - 1 - back)];
            items[i] = new SettleItem(device, Epoch(device, step.B / 7), lease, (SettleVerb)((step.C + i) % 4), $"r-{step.C}", (step.C % 90) + 1);
        }

        SettleResult[] results = await Mailboxes.SettleAsync(items, _nowMs);
        return string.Join(", ", results);
    }

    private async Task<string> SweepAsync(int maxItems)
    {
        int expired = 0;
        int undeliverable = 0;
        int lapsed = 0;
        int dropped = 0;
        var withMail = new SortedSet<string>(StringComparer.Ordinal);
        SweepResult one;
        do
        {
            one = await Mailboxes.SweepAsync(_nowMs, maxItems);
            Assert.InRange(Math.Max(one.Lapsed, one.Expired + one.Undeliverable) + one.OutcomesDropped, 0, maxItems);
            expired += one.Expired;
            undeliverable += one.Undeliverable;
            lapsed += one.Lapsed;
            dropped += one.OutcomesDropped;
            foreach (DeviceNumber device in one.DevicesWithMail)
                withMail.Add(_numbers.FirstOrDefault(n => n.Value == device).Key ?? "unknown");
        }
        while (one.More);
        return $"expired {expired} undeliverable {undeliverable} lapsed {lapsed} dropped {dropped} mail {string.Join(' ', withMail)}";
    }
}
