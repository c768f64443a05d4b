using System.Globalization;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// One store in a random run. Every step is answered in words in which sequences, epochs and device numbers are replaced by the order in
/// which they appeared, so that two stores can be compared that number differently.
/// </summary>
internal sealed class ModelSubject(StoreHarness harness, MailboxLimits limits) : IModelSubject<ModelStep>
{
    private const string Replaced = "Replaced by message ";

    private readonly Dictionary<Sequence, int> _messages = [];
    private readonly Dictionary<string, DeviceNumber> _numbers = [];
    private readonly Dictionary<DeviceNumber, List<SessionEpoch>> _epochs = [];
    private readonly Dictionary<DeviceNumber, List<LeaseId>> _leases = [];
    private readonly List<Sequence> _untold = [];
    private readonly ModelShelf _shelf = new();
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
                OpenedSession? opened = await Mailboxes.OpenSessionAsync(device, _nowMs);
                if (opened is null)
                    return "no device";
                Of(_epochs, device).Add(opened.Value.Epoch);
                return $"open, ended {Ended(opened.Value.Ended)}";
            case StepKind.CloseSession:
                return $"closed, ended {Ended(await Mailboxes.CloseSessionAsync(device, Epoch(device, step.B), _nowMs))}";
            case StepKind.Lease:
                return await LeaseAsync(device, step);
            case StepKind.Settle:
                return await SettleAsync(device, step);
            case StepKind.Return:
                return $"ended {Ended(await Mailboxes.ReturnAsync(device, Epoch(device, step.C), SomeLeases(device, step), _nowMs))}";
            case StepKind.Cancel:
                return await CancelAsync(step);
            case StepKind.Resend:
            case StepKind.TakeOffShelf:
                return await _shelf.RunAsync(_store.Shelf, device, step, _nowMs, Note);
            case StepKind.AdvanceTime:
                _nowMs += step.B % 120;
                return $"now {_nowMs}";
            case StepKind.Sweep:
                return await SweepAsync((step.B % 5) + 1);
            case StepKind.Purge:
                return $"purged {Ended(await Mailboxes.PurgeAsync(device, "purge", _nowMs))}";
            case StepKind.RemoveDevice:
                RemovedDevice? removed = await _store.Registry.RemoveDeviceAsync(DeviceId.Parse(id), null, _nowMs);
                return $"removed {Ended(removed?.Ended ?? [])}";
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
                    + $"x{m.DeliveryCount} until {m.LeasedUntilMs} {Show(m.Content)} {m.NotBeforeMs} {m.ReplaceKey} {m.Flags} "
                    + $"{m.ReportsUntilMs} {m.Job} {Name(m.Origin)}");
            }

            foreach (ShelvedMessage m in await _store.Shelf.ListAsync(device, default, 1_000))
            {
                Assert.Equal(m with { Content = default }, (await _store.Shelf.FindAsync(device, m.Sequence))! with { Content = default });
                lines.Add($"  shelved {Name(m.Sequence)} {m.Kind} {m.Outcome} {m.Reason} {m.MessageId} {m.Sender} {m.Flags} "
                    + $"{m.EnqueuedAtMs} {m.AtMs} x{m.DeliveryCount} {Show(m.Content)}");
            }
        }

        OutcomeBatch feed = await Mailboxes.ReadOutcomesAsync(_outcomesRead, 10_000);
        Assert.Equal(
            Enumerable.Range(1, feed.Outcomes.Count).Select(n => _outcomesRead + feed.SkippedByRetention + n), feed.Outcomes.Select(o => o.Number));
        _outcomesRead += feed.SkippedByRetention + feed.Outcomes.Count;
        foreach (OutcomeRecord o in feed.Outcomes.OrderBy(o => Name(o.Sequence)))
        {
            Assert.Equal(o, await Mailboxes.FindOutcomeAsync(o.Sequence));
            lines.Add(Show(o));
        }

        foreach (Sequence sequence in _untold)
            lines.Add(await Mailboxes.FindOutcomeAsync(sequence) is OutcomeRecord o ? Show(o) : $"untold {Name(sequence)}");

        lines.Add($"{Mailboxes.Totals} kept {(await Mailboxes.ReadOutcomesAsync(0, 10_000)).Outcomes.Count} skipped {feed.SkippedByRetention}");
        return string.Join('\n', lines);
    }

    private string Show(OutcomeRecord o)
    {
        Assert.Equal(o.Device, DeviceId.Parse(_numbers.FirstOrDefault(n => n.Value == o.DeviceNumber).Key ?? o.Device.Value));
        string? reason = o.Reason is string text && text.StartsWith(Replaced, StringComparison.Ordinal)
            ? Replaced + Name(Sequence.TryParse(text.AsSpan(Replaced.Length).TrimEnd('.'), out Sequence by) ? by : default)
            : o.Reason;
        return $"outcome {Name(o.Sequence)} {o.Device} {o.Kind} {o.Outcome} {reason} {o.MessageId} {o.Sender} x{o.DeliveryCount} "
            + $"{o.EnqueuedAtMs} {o.AtMs} {o.Flags} {o.ReportsUntilMs} {o.Job} {Name(o.Origin)}";
    }

    private static List<T> Of<T>(Dictionary<DeviceNumber, List<T>> lists, DeviceNumber device)
    {
        if (!lists.TryGetValue(device, out List<T>? list))
            lists.Add(device, list = []);
        return list;
    }

    private static string Show(ReadOnlyMemory<byte> content) => $"{content.Length}:{(content.IsEmpty ? 0 : content.Span[0])}";

    private string Name(Sequence sequence) => _messages.TryGetValue(sequence, out int n) ? n.ToString("d5", CultureInfo.InvariantCulture) : "unknown";

    private string Ended(IReadOnlyList<EndedMessage> ended) => string.Join(", ", ended.OrderBy(e => e.Sequence).Select(e =>
        $"{Name(e.Sequence)} {e.Kind} {e.Outcome} x{e.DeliveryCount} of {_numbers.FirstOrDefault(n => n.Value == e.Device).Key}"));

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
                Kind = (MessageKind)(step.C % 5 % 3),
                Content = Enumerable.Repeat((byte)++_fill, step.C % 90).ToArray(),
                ExpiresAtMs = step.C % 3 == 0 ? long.MaxValue : _nowMs + (step.C % 200),
                MessageId = step.C % 4 == 0 ? null : $"m-{(step.C + i) % 9}",
                Sender = step.C % 11 == 0 ? "other" : "owner",
                NotBeforeMs = step.C % 7 < 2 ? _nowMs - 20 + (step.C % 90) : 0,
                ReplaceKey = step.C % 10 < 4 ? $"k-{step.C % 2}" : null,
                Flags = (MessageFlags)(step.B % 5 % 4),
                ReportsUntilMs = step.C % 3 == 0 ? _nowMs + 5_000 : 0,
                Job = step.B % 2,
            };
        }

        EnqueueResult[] results = await Mailboxes.EnqueueAsync(items, _nowMs);
        for (int i = 0; i < items.Length; i++)
        {
            if (results[i].Status == EnqueueStatus.Enqueued)
                Note(results[i].Sequence, items[i].Kind, items[i].Flags);
        }

        return string.Join(", ", results.Select(r => $"{r.Status} {r.Depth} {Name(r.Sequence)} replaced {Ended(r.Replaced ?? [])}"));
    }

    private void Note(Sequence sequence, MessageKind kind, MessageFlags flags)
    {
        _messages.Add(sequence, _messages.Count);
        if (kind != MessageKind.Command || flags.HasFlag(MessageFlags.OutcomeNotWanted))
            _untold.Add(sequence);
    }

    private async Task<string> LeaseAsync(DeviceNumber device, ModelStep step)
    {
        SessionEpoch epoch = Epoch(device, step.B);
        MessageKinds kinds = step.C % 6 == 0 ? (MessageKinds)(step.B % 8) : MessageKinds.All;
        IReadOnlySet<Sequence>? excluded = null;
        if (step.C % 6 == 1 && await Mailboxes.BrowseAsync(device, default, 1, _nowMs) is [BrowsedMessage first])
            excluded = new HashSet<Sequence> { first.Sequence };
        LeaseResult result = await Mailboxes.LeaseAsync(
            new LeaseRequest(device, epoch, (step.B % 4) + 1, (step.C % 200) + 1, _nowMs, (step.C % 150) + 1, kinds, excluded));
        Of(_leases, device).AddRange(result.Messages.Select(m => m.Lease));
        return $"{result.HeldByOther} ended {Ended(result.Ended)}: " + string.Join(", ", result.Messages.Select(m =>
            $"{Name(m.Sequence)} x{m.DeliveryCount} {m.Kind} {m.MessageId} {m.Sender} {m.EnqueuedAtMs} {m.ExpiresAtMs} "
            + $"until {m.LeasedUntilMs} {Show(m.Content)}"));
    }

    private LeaseId[] SomeLeases(DeviceNumber device, ModelStep step)
    {
        List<LeaseId> leases = Of(_leases, device);
        return leases.Count == 0 ? [] : [leases[^1], leases[Math.Max(0, leases.Count - 1 - (step.B % 4))]];
    }

    private async Task<string> CancelAsync(ModelStep step)
    {
        Sequence sequence = _messages.Keys.ElementAtOrDefault(_messages.Count - 1 - (step.B % 8));
        CancelResult result = await Mailboxes.CancelAsync(sequence, "no more", _nowMs);
        return $"{result.Status} {Name(sequence)} {_numbers.FirstOrDefault(n => n.Value == result.Device).Key}";
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
        var ended = new List<EndedMessage>();
        var lapses = new SortedSet<string>(StringComparer.Ordinal);
        int dropped = 0;
        int shelved = 0;
        var withMail = new SortedSet<string>(StringComparer.Ordinal);
        SweepResult one;
        do
        {
            one = await Mailboxes.SweepAsync(_nowMs, maxItems);
            Assert.InRange(Math.Max(one.Lapses.Count, one.Ended.Count) + one.OutcomesDropped + one.ShelvedDropped, 0, maxItems);
            ended.AddRange(one.Ended);
            lapses.UnionWith(one.Lapses.Select(l => $"{Name(l.Sequence)} {l.Kind} x{l.DeliveryCount}"));
            dropped += one.OutcomesDropped;
            shelved += one.ShelvedDropped;
            foreach (DeviceNumber device in one.DevicesWithMail)
                withMail.Add(_numbers.FirstOrDefault(n => n.Value == device).Key ?? "unknown");
        }
        while (one.More);
        return $"ended {Ended(ended)} lapsed {string.Join(", ", lapses)} dropped {dropped} {shelved} mail {string.Join(' ', withMail)}";
    }
}
