using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Model;

/// <summary>One store in a random run of notifications.</summary>
internal sealed class NotificationSubject(StoreHarness harness) : IModelSubject<NotificationStep>
{
    private const int Devices = 3;

    private static readonly MailboxLimits s_limits = new()
    {
        MaxDepth = 4,
        MaxDeliveries = 3,
        MaxActiveNotifications = 6,
        OutcomeRetentionMs = 2_000,
        MaxShelved = 2,
        ShelfRetentionMs = 4_000,
        RedeliveryDelayMs = 20,
        MaxRedeliveryDelayMs = 50,
        IdempotencyRetentionMs = 300,
    };

    private readonly Dictionary<int, DeviceNumber> _devices = [];
    private readonly HashSet<int> _alive = [];
    private readonly Dictionary<int, SessionEpoch> _epochs = [];
    private readonly List<(int Device, SessionEpoch Epoch, LeaseId Lease)> _leases = [];
    private readonly List<Sequence> _published = [];
    private IGatewayStore _store = null!;
    private long _nowMs = 1_000;

    private INotificationStore Notifications => _store.Notifications;

    public async Task OpenAsync() => _store = await harness.OpenAsync(s_limits);

    public async Task CloseAsync()
    {
        await _store.DisposeAsync();
        await harness.DisposeAsync();
    }

    /// <summary>Runs one step and says what came of it.</summary>
    public async Task<string> RunAsync(NotificationStep step)
    {
        DeviceNumber device = _devices.GetValueOrDefault(step.A, new DeviceNumber(1_000_000));
        SessionEpoch epoch = _epochs.GetValueOrDefault(step.A);
        switch (step.Kind)
        {
            case NotificationStepKind.CreateDevice:
                if (!_alive.Add(step.A))
                    return "exists"; // What a refused creation does to the numbers of devices is the store's own affair.
                var wish = new NewDevice(IdOf(step.A), DeviceStatus.Enabled, SymmetricKey.Generate(), SymmetricKey.Generate());
                if (await _store.Registry.CreateDeviceAsync(wish, _nowMs) is not DeviceRecord created)
                    return "exists";
                _devices[step.A] = created.Number;
                return $"created {created.Number}";
            case NotificationStepKind.RemoveDevice:
                _alive.Remove(step.A);
                return $"removed {Show((await _store.Registry.RemoveDeviceAsync(IdOf(step.A), null, _nowMs))?.Ended)}";
            case NotificationStepKind.Publish:
                return await PublishAsync(step);
            case NotificationStepKind.Recall:
                return $"{await Notifications.RecallAsync(Pick(step.B), "no", _nowMs)}";
            case NotificationStepKind.Offer:
                return $"offered {await Notifications.OfferAsync(device, step.B % 9 == 0 ? new SessionEpoch(999_999) : epoch, Some(step.B))}";
            case NotificationStepKind.Withdraw:
                await Notifications.WithdrawAsync(device, new[] { Pick(step.B) });
                return "withdrawn";
            case NotificationStepKind.Open:
                OpenedSession? opened = await _store.Mailboxes.OpenSessionAsync(device, _nowMs);
                _epochs[step.A] = opened?.Epoch ?? default;
                return $"opened {opened is not null} {Show(opened?.Ended)}";
            case NotificationStepKind.Close:
                return Show(await _store.Mailboxes.CloseSessionAsync(device, epoch, _nowMs));
            case NotificationStepKind.Lease:
                return await LeaseAsync(step, device, epoch);
            case NotificationStepKind.Settle:
                return await SettleAsync(step);
            case NotificationStepKind.Return:
                if (_leases.Count == 0)
                    return "none";
                (int at, SessionEpoch held, LeaseId lease) = _leases[step.B % _leases.Count];
                return Show(await _store.Mailboxes.ReturnAsync(_devices[at], held, new[] { lease }, _nowMs));
            case NotificationStepKind.Enqueue:
                return $"{(await _store.Mailboxes.EnqueueAsync(new[] { Command(step) }, _nowMs))[0].Status}";
            case NotificationStepKind.Purge:
                return $"purged {Show(await _store.Mailboxes.PurgeAsync(device, "purge", _nowMs))}";
            case NotificationStepKind.Resend:
                return await ResendAsync(step, device);
            case NotificationStepKind.Sweep:
                return await SweepAsync();
            case NotificationStepKind.Wait:
                _nowMs += 1 + (step.B % 400);
                return $"now {_nowMs}";
            default:
                await _store.DisposeAsync();
                await OpenAsync();
                _epochs.Clear();
                _leases.Clear();
                return "restarted";
        }
    }

    /// <summary>Everything that can be seen from outside.</summary>
    public async Task<string> DescribeAsync()
    {
        var lines = new List<string>();
        foreach (NotificationRecord one in await Notifications.ListAsync(default, 1_000, _nowMs))
        {
            IReadOnlyList<NotificationDevice> devices = await Notifications.ListDevicesAsync(one.Sequence, default, 1_000);
            lines.Add($"{one} {string.Join(' ', devices)}");
        }

        foreach (ActiveNotification active in await Notifications.ListActiveAsync())
            lines.Add($"active {active.Sequence}");
        foreach (DeviceNumber device in _devices.OrderBy(d => d.Key).Select(d => d.Value))
        {
            IReadOnlyList<BrowsedMessage> mail = await _store.Mailboxes.BrowseAsync(device, default, 100, _nowMs);
            lines.Add($"{device} {await _store.Mailboxes.GetInfoAsync(device)} "
                + string.Join(' ', mail.Select(m => $"{m.Sequence}{m.Kind}x{m.DeliveryCount}until{m.LeasedUntilMs}from{m.Origin}")));
            foreach (ShelvedMessage m in await _store.Shelf.ListAsync(device, default, 100))
                lines.Add($"shelved {m with { Content = default }} {Convert.ToHexString(m.Content.Span)}");
        }

        lines.Add($"{_store.Mailboxes.Totals}");
        return string.Join('\n', lines);
    }

    private static DeviceId IdOf(int device) => DeviceId.Parse($"d-{device % Devices}");

    private static string Show(IEnumerable<EndedMessage>? ended) =>
        "ended " + string.Join(' ', (ended ?? []).Select(e => $"{e.Sequence}/{e.Device}/{e.Kind}/{e.Outcome}/{e.DeliveryCount}").Order());

    private Sequence Pick(int number) => _published.Count == 0 ? new Sequence(9_999) : _published[number % _published.Count];

    private Sequence[] Some(int number) => [.. _published.Where((_, i) => (number >> (i % 8) & 1) == 1)];

    private EnqueueItem Command(NotificationStep step) => new()
    {
        Device = IdOf(step.A),
        Kind = MessageKind.Command,
        Content = new byte[] { 1 },
        ExpiresAtMs = _nowMs + 5_000,
        Sender = "owner",
    };

    private async Task<string> PublishAsync(NotificationStep step)
    {
        var wish = new NewNotification
        {
            Audience = $"n = {step.B}",
            Content = new byte[] { (byte)step.B },
            ExpiresAtMs = _nowMs + 50 + (step.B * 2),
            Sender = $"s-{step.A}",
            MessageId = step.B % 3 == 0 ? "m" : null,
        };
        PublishResult result = await Notifications.PublishAsync(wish, _nowMs, static _ => { });
        if (result.Status == PublishStatus.Published)
            _published.Add(result.Sequence);
        return $"{result}";
    }

    private async Task<string> LeaseAsync(NotificationStep step, DeviceNumber device, SessionEpoch epoch)
    {
        Sequence? looked = (step.B % 3) switch { 0 => null, 1 => default(Sequence), _ => Pick(step.B / 3) };
        var request = new LeaseRequest(device, epoch, 1 + (step.B % 4), 1_000, _nowMs, 100 + (step.B % 200), LookedThrough: looked);
        LeaseResult result = await _store.Mailboxes.LeaseAsync(request);
        _leases.AddRange(result.Messages.Select(m => (step.A, epoch, m.Lease)));
        string leased = string.Join(' ', result.Messages.Select(m => $"{m.Lease}{m.Kind}{m.Content.Span[0]}"));
        return $"leased {result.HeldByOther} {leased} {Show(result.Ended)} behind {result.HeldBackBy}";
    }

    private async Task<string> SettleAsync(NotificationStep step)
    {
        if (_leases.Count == 0)
            return "none";
        (int device, SessionEpoch epoch, LeaseId lease) = _leases[^(1 + (step.B % Math.Min(_leases.Count, 4)))];
        SettleVerb verb = (step.B / 4 % 5) switch
        {
            0 => SettleVerb.Reject,
            1 => SettleVerb.Renew,
            2 or 3 => SettleVerb.Release,
            _ => SettleVerb.Accept,
        };
        SettleItem[] items = [new(_devices[device], epoch, lease, verb, $"r{step.B}", 150)];
        return $"{lease} {verb} {(await _store.Mailboxes.SettleAsync(items, _nowMs))[0]}";
    }

    private async Task<string> ResendAsync(NotificationStep step, DeviceNumber device)
    {
        IReadOnlyList<ShelvedMessage> shelved = await _store.Shelf.ListAsync(device, default, 100);
        Sequence sequence = shelved.Count == 0 ? new Sequence(9_999) : shelved[step.B % shelved.Count].Sequence;
        if (step.B % 5 == 0)
            return $"deleted {await _store.Shelf.DeleteAsync(device, sequence)}";
        return $"resent {await _store.Shelf.ResendAsync(device, sequence, _nowMs + step.B, _nowMs)}";
    }

    private async Task<string> SweepAsync()
    {
        NotificationSweep notifications = await Notifications.SweepAsync(_nowMs, 1_000);
        SweepResult mail = await _store.Mailboxes.SweepAsync(_nowMs, 1_000);
        return $"expired {string.Join(' ', notifications.Expired)} {Show(mail.Ended)} lapsed "
            + string.Join(' ', mail.Lapses.Select(l => $"{l.Sequence}/{l.Device}").Order());
    }
}
