using Restante.Core.Limits;
using Restante.Core.Mailboxes;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Core.Tests.Support;
using static Restante.Core.Tests.Support.TestGateway;

namespace Restante.Core.Tests.Model;

/// <summary>
/// Drives a gateway with random work of a few devices and services, and holds what it answers against the promises: order, one holder,
/// never late, exactly one outcome for each command, nothing lost, nothing twice once accepted.
/// </summary>
internal sealed class GatewayModelRun(int seed) : IAsyncDisposable
{
    private const int MaxDeliveries = 4;
    private const int LeaseMs = 10_000;
    private const int DelayMs = 2_000;
    private const int MaxDelayMs = 3_000;

    private static readonly string[] s_names = ["a", "b", "c"];

    private readonly Random _random = new(seed);
    private readonly TestGateway _test = new(
        new GatewayLimits { LeaseDurationMs = LeaseMs },
        new MailboxLimits { MaxDepth = 12, MaxDeliveries = MaxDeliveries, RedeliveryDelayMs = DelayMs, MaxRedeliveryDelayMs = MaxDelayMs });

    private readonly Dictionary<string, ModelDevice> _devices = [];
    private readonly List<ModelMessage> _sent = [];
    private readonly Dictionary<long, OutcomeRecord> _acceptedFromReader = [];
    private int _bodies;

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    public async Task StepAsync()
    {
        bool stumble = _random.Next(12) == 0;
        if (stumble)
            _test.Memory.FailNext();
        string name = s_names[_random.Next(s_names.Length)];
        ModelDevice? device = _devices.GetValueOrDefault(name);
        switch (_random.Next(100))
        {
            case < 28:
                await SendAsync(name, device);
                break;
            case < 38:
                await AttachAsync(name, device);
                break;
            case < 60:
                await LeaseAsync(device);
                break;
            case < 80:
                await SettleAsync(device);
                break;
            case < 83:
                await CloseAsync(device);
                break;
            case < 85:
                await CancelAsync();
                break;
            case < 92:
                _test.Time.Advance(_random.Next(8_000));
                break;
            case < 95:
                await ReadOutcomesAsync();
                break;
            case < 97:
                await PurgeAsync(device);
                break;
            case < 98:
                await RemoveAsync(name, device);
                break;
            default:
                await SweepAsync();
                break;
        }

        _test.Memory.FailNext(0);
        if (_random.Next(3) == 0)
            await SweepAsync();
    }

    /// <summary>Lets everything end and counts: each message that was taken has one outcome, and it is one that it could have.</summary>
    public async Task FinishAsync()
    {
        foreach (ModelDevice device in _devices.Values.Where(d => !d.Removed))
        {
            HashSet<Sequence> expected = [.. device.Messages.Select(m => m.Sequence).Where(s => !IsDue(s))];
            IReadOnlyList<BrowsedMessage> browsed = Ok(await _test.Gateway.Mailboxes.BrowseAsync(
                Ok(await _test.Gateway.Devices.FindAsync(device.Principal.Name)), default, 1_000));
            Assert.Subset(browsed.Select(m => m.Sequence).ToHashSet(), expected);
        }

        _test.Time.Advance(LeaseMs + 1);
        await SweepAsync();
        _test.Time.Advance(1_000_000);
        await SweepAsync();
        Assert.Equal(0, _test.Gateway.Mailboxes.Totals.Messages);
        IReadOnlyList<OutcomeRecord> outcomes = Ok(await _test.Gateway.Outcomes.ReadAsync(0, 1_000)).Outcomes;
        Assert.Equal(Enumerable.Range(1, _sent.Count).Select(i => (long)i), outcomes.Select(o => o.Number));
        Assert.Equal(_sent.Select(m => m.Sequence).Order(), outcomes.Select(o => o.Sequence).Order());
        foreach (OutcomeRecord outcome in outcomes)
        {
            ModelMessage message = _sent.Single(m => m.Sequence == outcome.Sequence);
            Assert.Contains(outcome.Outcome, message.MayHaveEnded ?? [Outcome.Expired, Outcome.Undeliverable]);
            Assert.Equal(message.Deliveries, outcome.DeliveryCount);
            Assert.Equal(message.Device.Principal.Name, outcome.Device.Value);
            if (outcome.Outcome == Outcome.Expired)
                Assert.True(outcome.AtMs >= message.ExpiresAtMs);
            if (outcome.Outcome == Outcome.Undeliverable)
                Assert.Equal(MaxDeliveries, message.Deliveries);
        }

        while (await ReadOutcomesAsync() > 0)
        {
        }

        Assert.Equal(outcomes, _acceptedFromReader.OrderBy(p => p.Key).Select(p => p.Value));
    }

    private bool IsDue(Sequence sequence)
    {
        ModelMessage message = _sent.Single(m => m.Sequence == sequence);
        return _test.NowMs >= message.ExpiresAtMs || message.Deliveries >= MaxDeliveries;
    }

    private async Task SendAsync(string name, ModelDevice? device)
    {
        string body = $"{name}{_bodies++}";
        long ttl = _random.Next(4) == 0 ? _random.Next(1, 5_000) : _random.Next(20_000, 200_000);
        long expires = _test.NowMs + ttl;
        long? notBefore = _random.Next(5) == 0 ? _test.NowMs + (ttl / 2) : null;
        Result<SentMessage> result = await _test.Gateway.Mailboxes.SendCommandAsync(
            _test.Service, name, Content(body), new CommandTerms { ExpiresAtMs = expires, NotBeforeMs = notBefore });
        if (!result.IsSuccess)
        {
            Assert.Contains(result.Refusal.Kind, new[] { RefusalKind.Unavailable, device is null ? RefusalKind.NotFound : RefusalKind.MailboxFull });
            return;
        }

        Assert.NotNull(device);
        Assert.True(_sent.Count == 0 || _sent[^1].Sequence.CompareTo(result.Value.Sequence) < 0);
        var message = new ModelMessage { Sequence = result.Value.Sequence, Device = device, ExpiresAtMs = expires, NotBeforeMs = notBefore ?? 0, Body = body };
        _sent.Add(message);
        device.Messages.Add(message);
    }

    private async Task AttachAsync(string name, ModelDevice? device)
    {
        if (device is null)
        {
            Result<Core.Devices.DeviceRecord> created = await _test.Gateway.Devices.CreateAsync(name);
            if (created.IsSuccess)
                _devices[name] = new ModelDevice { Principal = Principal(created.Value) };
            return;
        }

        var receiver = new TestReceiver();
        Result<MailboxSession> result = await _test.Gateway.Mailboxes.AttachAsync(device.Principal, receiver);
        MailboxSession session = Ok(result);
        if (device.Held)
            Assert.Single(device.Sessions[^1].Receiver.Taken);
        device.Sessions.Add((session, receiver));
        device.Held = true;
        GiveBack(device);
        Assert.Empty(receiver.Taken);
    }

    private async Task LeaseAsync(ModelDevice? device)
    {
        if (device is null || device.Sessions.Count == 0)
            return;
        int pick = _random.Next(3) == 0 ? _random.Next(device.Sessions.Count) : device.Sessions.Count - 1;
        int max = _random.Next(1, 5);
        Result<IReadOnlyList<LeasedMessage>> result = await device.Sessions[pick].Session.LeaseAsync(max, int.MaxValue);
        if (pick != device.Sessions.Count - 1 || !device.Held || device.Removed)
        {
            Refused(RefusalKind.Conflict, result);
            return;
        }

        // Exactly the oldest messages that wait and may be handed out, in order.
        long now = _test.NowMs;
        IEnumerable<ModelMessage> waiting = device.Messages.Where(m => m.Lease is null && !m.Ended && m.NotBeforeMs <= now);
        List<ModelMessage> expected =
            [.. waiting.Where(m => now < m.ExpiresAtMs && m.Deliveries < MaxDeliveries).TakeWhile(m => m.DelayedUntilMs <= now).Take(max)];
        Assert.Equal(expected.Select(m => m.Body), Ok(result).Select(m => Text(m.Content)));
        foreach ((ModelMessage message, LeasedMessage leased) in expected.Zip(Ok(result)))
        {
            Assert.Equal(message.Sequence, leased.Sequence);
            Assert.Equal(++message.Deliveries, leased.DeliveryCount);
            Assert.True(now < leased.ExpiresAtMs, "handed out late");
            Assert.Equal(now + LeaseMs, leased.LeasedUntilMs);
            message.Lease = leased.Lease;
            message.LeasedUntilMs = leased.LeasedUntilMs;
        }
    }

    private async Task SettleAsync(ModelDevice? device)
    {
        if (device is null || device.Sessions.Count == 0)
            return;
        ModelMessage? message = device.Messages.Where(m => m.Lease is not null).MinBy(_ => _random.Next());
        LeaseId lease = message?.Lease ?? new LeaseId(new Sequence(_random.Next(1, 50)), 1);
        int pick = _random.Next(5) == 0 ? _random.Next(device.Sessions.Count) : device.Sessions.Count - 1;
        if (_random.Next(10) == 0)
            (message, lease) = (null, lease with { DeliveryCount = lease.DeliveryCount + 1 });
        SettleVerb verb = _random.Next(10) switch { < 5 => SettleVerb.Accept, < 6 => SettleVerb.Reject, < 9 => SettleVerb.Release, _ => SettleVerb.Renew };
        Result<SettleResult> result = await device.Sessions[pick].Session.SettleAsync(lease, verb, "because");
        if (pick != device.Sessions.Count - 1 || !device.Held || device.Removed)
            Refused(RefusalKind.Conflict, result);
        else if (message is null)
            Refused(RefusalKind.Expired, result);
        else if (result.IsSuccess)
            Settled(message, verb, result.Value);
        else
            Assert.Equal(RefusalKind.Unavailable, result.Refusal.Kind);
    }

    private void Settled(ModelMessage message, SettleVerb verb, SettleResult result)
    {
        switch (verb)
        {
            case SettleVerb.Accept:
                End(message, Outcome.Accepted);
                break;
            case SettleVerb.Reject:
                End(message, Outcome.Rejected);
                break;
            case SettleVerb.Release when result.Outcome is Outcome outcome:
                Assert.Equal(_test.NowMs >= message.ExpiresAtMs ? Outcome.Expired : Outcome.Undeliverable, outcome);
                End(message, outcome);
                break;
            case SettleVerb.Release:
                message.PutBack(_test.NowMs, DelayMs, MaxDelayMs);
                break;
            default:
                message.LeasedUntilMs = _test.NowMs + LeaseMs;
                break;
        }
    }

    private async Task CloseAsync(ModelDevice? device)
    {
        if (device is null || device.Sessions.Count == 0)
            return;
        int pick = _random.Next(device.Sessions.Count);
        await device.Sessions[pick].Session.CloseAsync();
        if (pick != device.Sessions.Count - 1 || !device.Held)
            return;
        device.Held = false;
        GiveBack(device);
    }

    private async Task CancelAsync()
    {
        if (_sent.Count == 0)
            return;
        ModelMessage message = _sent[_random.Next(_sent.Count)];
        bool wasDue = IsDue(message.Sequence);
        Result<CancelResult> result = await _test.Gateway.Mailboxes.CancelAsync(message.Sequence, "operator");
        if (result.IsSuccess)
        {
            Assert.True(message is { Lease: null, Ended: false });
            End(message, Outcome.Cancelled);
            return;
        }

        // What is not in hand can have ended by itself when it was due.
        RefusalKind kind = message.Lease is not null && !message.Ended ? RefusalKind.Conflict : RefusalKind.NotFound;
        if (result.Refusal.Kind != RefusalKind.Unavailable)
            Assert.Equal(kind, result.Refusal.Kind);
        if (result.Refusal.Kind == RefusalKind.NotFound)
            Assert.True(message.Ended || wasDue);
    }

    private async Task PurgeAsync(ModelDevice? device)
    {
        if (device is null)
            return;
        Core.Devices.DeviceRecord record = Ok(await _test.Gateway.Devices.FindAsync(device.Principal.Name));
        Result<int> result = await _test.Gateway.Mailboxes.PurgeAsync(record, "operator");
        if (result.IsSuccess)
            EndAll(device.Messages.Where(m => m.Lease is null), Outcome.Cancelled);
    }

    private async Task RemoveAsync(string name, ModelDevice? device)
    {
        Result<RemovedDevice> result = await _test.Gateway.Devices.RemoveAsync(name);
        if (device is null || !result.IsSuccess)
        {
            Assert.False(result.IsSuccess);
            return;
        }

        EndAll(device.Messages, Outcome.DeviceRemoved);
        device.Removed = true;
        _devices.Remove(name);
        if (device.Sessions.Count > 0)
        {
            Refused(RefusalKind.Conflict, await device.Sessions[^1].Session.LeaseAsync(1, 1));
            await device.Sessions[^1].Session.CloseAsync();
        }
    }

    private async Task SweepAsync()
    {
        Dictionary<ModelDevice, int> wakes = _devices.Values.Where(d => d.Held).ToDictionary(d => d, d => d.Sessions[^1].Receiver.Wakes);
        bool swept = false;
        _test.Hooks.After = verb =>
        {
            swept |= verb == "sweep";
            return Task.CompletedTask;
        };
        await _test.Gateway.Maintenance.RunOnceAsync();
        _test.Hooks.After = null;
        if (!swept)
            return;
        foreach (ModelMessage message in _devices.Values.SelectMany(d => d.Messages).Where(m => m.Lease is not null && m.LeasedUntilMs <= _test.NowMs))
        {
            message.PutBack(_test.NowMs, DelayMs, MaxDelayMs);
            bool waits = !message.Ended && !IsDue(message.Sequence);
            if (waits && wakes.TryGetValue(message.Device, out int before))
                Assert.True(message.Device.Sessions[^1].Receiver.Wakes > before, "not woken for what lapsed");
        }
    }

    // Reads the feed as competing receivers do: some accept, some give back.
    private async Task<int> ReadOutcomesAsync()
    {
        Core.Feeds.FeedReader<OutcomeRecord> reader = _test.Gateway.Outcomes.Reader("backend");
        Result<IReadOnlyList<Core.Feeds.TakenItem<OutcomeRecord>>> taken = await reader.TakeAsync(_random.Next(1, 8));
        foreach (Core.Feeds.TakenItem<OutcomeRecord> outcome in Ok(taken))
        {
            Assert.DoesNotContain(outcome.Number, _acceptedFromReader.Keys);
            if (_random.Next(4) != 0 && (await reader.AcceptAsync(outcome)).IsSuccess)
                _acceptedFromReader.Add(outcome.Number, outcome.Item);
            else
                reader.Release(outcome);
        }

        return Ok(taken).Count;
    }

    private static void End(ModelMessage message, Outcome outcome)
    {
        message.Ended = true;
        message.Lease = null;
        message.MayHaveEnded = [outcome];
        message.Device.Messages.Remove(message);
    }

    // What had become due before may have ended by itself already.
    private void EndAll(IEnumerable<ModelMessage> messages, Outcome outcome)
    {
        foreach (ModelMessage message in messages.ToList())
        {
            bool due = message.Lease is null && IsDue(message.Sequence);
            End(message, outcome);
            if (due)
                message.MayHaveEnded = [outcome, Outcome.Expired, Outcome.Undeliverable];
        }
    }

    // Of what a session held only the first message counts as handed out.
    private static void GiveBack(ModelDevice device)
    {
        foreach (ModelMessage message in device.Messages.Where(m => m.Lease is not null).Skip(1))
            message.Deliveries--;
        foreach (ModelMessage message in device.Messages)
            (message.Lease, message.DelayedUntilMs) = (null, 0);
    }
}
