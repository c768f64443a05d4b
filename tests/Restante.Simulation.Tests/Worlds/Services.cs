using System.Text;
using Restante.Core;
using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Inquiries;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Notifications;
using Restante.Core.Refusals;
using Restante.Core.Storage;
using Restante.Simulation.Tests.Ledgers;
using Restante.Simulation.Tests.Peers;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Worlds;

/// <summary>What services and operators do, and what they learn of it.</summary>
internal sealed class Services(World world, Dice dice)
{
    public const string Subject = "traffic";

    /// <summary>The policy of services that speak AMQP.</summary>
    public const string Policy = "service";

    /// <summary>The consumer group in which that service reads telemetry.</summary>
    public const string Group = "readers";

    private static readonly ServicePrincipal s_service = new("operator", Rights.Admin, default, long.MaxValue);

    private readonly SymmetricKey _key = SymmetricKey.FromBytes(dice.Bytes(SymmetricKey.LengthBytes));
    private readonly List<(string Device, string Key, Message Message)> _keyed = [];
    private readonly HashSet<string> _read = [];
    private InquiryHandler? _handler;
    private AmqpServicePeer? _peer;
    private int _ids;

    /// <summary>Nothing fails any more, and what is there is taken.</summary>
    public bool IsHealed => world.IsHealed;

    private long UnixNowMs => world.Timeline.UnixNowMs;

    private Ledger Ledger => world.Ledger;

    /// <summary>Enters the devices and the policy, before anything can fail.</summary>
    public void SetUp() => world.Call(async gateway =>
    {
        Result<PolicyRecord> policy =
            await gateway.Policies.CreateAsync(Policy, Rights.Send | Rights.InquiryAnswer | Rights.TelemetryRead, _key);
        Require(policy.IsSuccess, "the policy");
        await world.Enrolments.SetUpAsync(gateway);
        await world.Scoped.SetUpAsync(gateway);
        foreach (Device device in world.Devices.Where(static d => d.Enrols is null))
            Require((await Operator.CreateAsync(gateway, device)).IsSuccess, device.Id);
    });

    /// <summary>A handler lives in one run of the gateway.</summary>
    public void GatewayIsBack()
    {
        _handler = null;
        ReadOutcomes();
        if (!world.IsHealed)
            Handle();
    }

    /// <summary>A message of a kind and to a device, with a new id.</summary>
    public Message NewMessage(string kind, Device device, long ttlMs, long delayMs = 0) => Ledger.Enter(new Message
    {
        Id = $"{kind}{++_ids}",
        Device = device.Id,
        FirstGeneration = device.Generation,
        ExpiresAtMs = ttlMs == long.MaxValue ? long.MaxValue : UnixNowMs + delayMs + ttlMs,
        NotBeforeMs = delayMs == 0 ? 0 : UnixNowMs + delayMs,
        IsAnswer = kind == "a",
        SentStep = world.Timeline.Steps,
        MayBeRemoved = device.IsBeingRemoved,
        AcceptSent = device.IsCareless,
    });

    public string NewId(string kind) => $"{kind}{++_ids}";

    /// <summary>Sends a command by the core; whoever does not learn what became of it may ask again under the same id.</summary>
    public void Send(Device device)
    {
        bool isLate = dice.Chance(150);
        Message message = NewMessage("c", device, TtlMs(), isLate ? dice.Between(100, 10_000) : 0);
        string? key = dice.Chance(200) ? dice.Pick(["x", "y"]) : null;
        if (key is not null)
        {
            Message[] older = [.. _keyed.Where(k => k.Device == device.Id && k.Key == key).Select(static k => k.Message)];
            foreach (Message one in older)
                one.MayBeCancelled = true;
            message.Replaces = [.. older.Where(static one => one.IsAcknowledged && one.Outcome is null)];
            _keyed.Add((device.Id, key, message));
        }

        Send(message, key);
    }

    /// <summary>Sends a command on an AMQP connection.</summary>
    public void SendByAmqp(Device device)
    {
        if (!TryConnect())
            return;
        Message message = NewMessage("c", device, TtlMs());
        world.Timeline.Note($"{_peer!.Wire.Name} sends {message.Id} to {device.Id}");
        _peer.Send(message);
    }

    /// <summary>A record of telemetry was read and is accepted.</summary>
    public void HasRead(string id) => _read.Add(id);

    /// <summary>Leaves a connection that may have died without a word; the next use makes another.</summary>
    public void StartAfresh()
    {
        _peer?.Leave();
        _peer = null;
    }

    /// <summary>True when the group has read all telemetry that was taken; sees to it that somebody reads until it has.</summary>
    public bool HasReadAll()
    {
        bool hasRead =
            world.Publications.TrueForAll(p => p is not { Kind: PublicationKind.Telemetry, IsAcknowledged: true } || _read.Contains(p.Id));
        if (!hasRead && TryConnect())
            _peer!.Read();
        return hasRead;
    }

    /// <summary>The gateway said what it made of a command.</summary>
    public void Answered(Message message, bool isTaken, bool isRefused)
    {
        world.Timeline.Note($"{message.Id} is {(isTaken ? "taken" : isRefused ? "refused" : "given back")}");
        message.IsAcknowledged |= isTaken;
        message.IsRefused |= isRefused && !isTaken && message.Tries <= 1;
    }

    /// <summary>Takes a message back that is not known to have ended.</summary>
    public void Cancel()
    {
        Message[] open = [.. Ledger.Messages.Where(static m => m is { IsCommand: true, Sequence: not null, Outcome: null })];
        if (open.Length == 0)
            return;
        Message message = dice.Pick(open);
        message.MayBeCancelled = true;
        world.Call(async gateway =>
        {
            Result<CancelResult> result = await gateway.Mailboxes.CancelAsync(new Sequence(message.Sequence!.Value), "an operator");
            world.Timeline.Note($"{message.Id} is {(result.IsSuccess ? "cancelled" : "not cancelled")}");
            if (result.IsSuccess)
                message.CancelledStep = world.Timeline.Steps;
        });
    }

    /// <summary>Ends all that a device has waiting.</summary>
    public void Purge(Device device)
    {
        foreach (Message message in Ledger.Messages.Where(m => m.Device == device.Id))
            message.MayBeCancelled = true;
        world.Call(async gateway =>
        {
            if ((await gateway.Devices.FindAsync(device.Id)).Value is DeviceRecord record)
                await gateway.Mailboxes.PurgeAsync(record, "an operator");
        });
    }

    /// <summary>Sends a notification to all devices.</summary>
    public void Notify()
    {
        string id = NewId("n");
        long ttlMs = TtlMs();
        Message[] each = [.. world.Devices.Select(device => Ledger.Enter(new Message
        {
            Id = $"{id}@{device.Id}",
            Device = device.Id,
            FirstGeneration = 1,
            ExpiresAtMs = UnixNowMs + ttlMs,
            IsNotification = true,
            MayBeRemoved = true,
            AcceptSent = device.IsCareless,
        }))];
        long expiresAtMs = UnixNowMs + ttlMs;
        world.Call(async gateway =>
        {
            Result<SentNotification> result = await gateway.Notifications.NotifyGroupAsync(
                s_service, "all", Content(id), new NotificationTerms { ExpiresAtMs = expiresAtMs, MessageId = id });
            world.Timeline.Note($"{id} is {(result.IsSuccess ? "taken" : "not taken")}");
            if (!result.IsSuccess)
                return;
            foreach (Message message in each)
            {
                message.Sequence ??= result.Value.Sequence.Value;
                message.IsAcknowledged = true;
                message.MayBeRemoved = world.Devices.First(d => d.Id == message.Device) is { IsBeingRemoved: true } or { Exists: false };
            }
        });
    }

    /// <summary>Takes inquiries that wait and does something with them.</summary>
    public void Handle() => world.Call(async gateway =>
    {
        _handler ??= gateway.Inquiries.Attach(s_service, Subject).Value!;
        Result<IReadOnlyList<TakenInquiry>> taken = await _handler.TakeAsync(3, 10_000);
        foreach (TakenInquiry inquiry in taken.Value ?? [])
            await AnswerAsync(gateway, inquiry);
    });

    /// <summary>Reads what has ended.</summary>
    public void ReadOutcomes() => world.Call(ReadOutcomesAsync);

    public async Task ReadOutcomesAsync(Gateway gateway)
    {
        for (long after = 0; ;)
        {
            Result<OutcomeBatch> batch = await gateway.Outcomes.ReadAsync(after, 1_000);
            foreach (OutcomeRecord outcome in batch.Value?.Outcomes ?? [])
            {
                if (outcome.Number != after + 1)
                    Ledger.Fail($"Outcome {outcome.Number} follows outcome {after}. [one outcome]");
                after = outcome.Number;
                Ledger.Told(outcome);
            }

            if (batch.Value is not { Outcomes.Count: 1_000 })
                return;
        }
    }

    /// <summary>A content that says its id.</summary>
    public static byte[] Content(string id) => new MessageContent { Body = Encoding.UTF8.GetBytes(id) }.Encode();

    private static void Require(bool holds, string what)
    {
        if (!holds)
            throw Ledger.Broken("This must not fail: " + what);
    }

    private bool TryConnect()
    {
        if (_peer is { IsGone: false })
            return true;
        if (world.Dial(Policy, isAmqp: true) is not { } wire)
            return false;
        _peer = new AmqpServicePeer(world.Life, wire, this, dice.Split(), _key);
        return true;
    }

    private long TtlMs() => dice.Chance(300) ? dice.Between(100, 10_000) : dice.Between(600_000, 86_400_000);

    private void Send(Message message, string? key)
    {
        // A repeat that comes first after all replaces what was sent between.
        foreach ((_, _, Message other) in _keyed.Where(k => k.Key == key && k.Device == message.Device && k.Message != message))
            other.MayBeCancelled = true;
        world.Call(gateway => SendAsync(gateway, message, key));
    }

    private async Task SendAsync(Gateway gateway, Message message, string? key)
    {
        var terms = new CommandTerms
        {
            MessageId = message.Id,
            ExpiresAtMs = message.ExpiresAtMs,
            NotBeforeMs = message.NotBeforeMs == 0 ? null : message.NotBeforeMs,
            ReplaceKey = key,
        };
        message.Tries++;
        world.Timeline.Note($"{message.Id} is sent to {message.Device}");
        if (dice.Chance(200))
            world.Timeline.After(dice.Between(1, 3_000), world.Life, () => SendAgain(message, key));
        Result<SentMessage> result = await gateway.Mailboxes.SendCommandAsync(s_service, message.Device, Content(message.Id), terms);
        Answered(message, result.IsSuccess, result.Refusal is { Kind: not RefusalKind.Unavailable });
        if (!result.IsSuccess)
            return;
        if (message.Sequence is long known && known != result.Value.Sequence.Value)
            Ledger.Fail($"{message} was taken once more, with place {result.Value.Sequence}. [one outcome]");
        message.Sequence = result.Value.Sequence.Value;
        foreach (Message older in message.Replaces.Where(IsReplaced))
            older.CancelledStep ??= world.Timeline.Steps;
    }

    // What may be in hand, or may have ended before, is not replaced.
    private bool IsReplaced(Message older) =>
        !older.MayBeRemoved && older.ExpiresAtMs > world.Clock.HighestMs && !world.WasConnectedSince(older.Device, older.SentStep);

    // Only what the sender does not know to have been refused is worth another try.
    private void SendAgain(Message message, string? key)
    {
        Device device = world.Devices.First(d => d.Id == message.Device);
        bool isSame = device is { IsBeingRemoved: false } && device.Generation == message.FirstGeneration;
        if (isSame && !message.IsRefused && message.ExpiresAtMs > UnixNowMs)
            Send(message, key);
    }

    private async Task AnswerAsync(Gateway gateway, TakenInquiry inquiry)
    {
        Device device = world.Devices.First(d => d.Id == inquiry.Device.Value);
        world.Timeline.Note($"inquiry {inquiry.Id} of {device.Id} is handled");
        switch (dice.Below(6))
        {
            case 0:
                await gateway.Inquiries.SettleAsync(s_service, inquiry.Lease, SettleVerb.Release);
                return;
            case 1:
                return;
        }

        int answers = (int)dice.Between(1, 3);
        for (int number = inquiry.Answers + 1; number <= inquiry.Answers + answers; number++)
        {
            Message message = NewMessage("a", device, long.MaxValue);
            Result<StoredAnswer> stored = await gateway.Inquiries.AnswerAsync(
                s_service, inquiry.Number, Content(message.Id), number == inquiry.Answers + answers, number);
            message.IsAcknowledged = stored is { IsSuccess: true, Value.IsDuplicate: false };
            message.IsRefused = stored.Refusal is { Kind: not RefusalKind.Unavailable };
            if (!stored.IsSuccess)
                return;
        }
    }
}
