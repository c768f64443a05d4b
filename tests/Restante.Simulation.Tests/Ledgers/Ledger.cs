using Restante.Core.Mailboxes;
using Restante.Simulation.Tests.Network;
using Restante.Simulation.Tests.Scheduling;

namespace Restante.Simulation.Tests.Ledgers;

/// <summary>
/// What peers know, kept outside of the gateway, and the promises that follow from it. A broken one ends the run at once.
/// </summary>
internal sealed class Ledger(Timeline timeline, WallClock clock)
{
    private const long RevocationMs = 1_000;
    private const long ScopeMs = 1_000;

    private readonly Dictionary<string, Message> _messages = [];
    private readonly Dictionary<long, OutcomeRecord> _outcomes = [];
    private readonly Dictionary<string, Hold> _holds = [];
    private readonly Dictionary<string, (long Step, long NowMs)> _revoked = [];
    private readonly Dictionary<string, long> _retired = [];
    private readonly Dictionary<string, int> _removed = [];

    private readonly Dictionary<string, (string Device, int Generation)> _claimed = [];

    /// <summary>Whether a message that was given back is handed out again at once, so that it never lets others pass.</summary>
    public required bool IsOrdered { get; init; }

    /// <summary>Whom the service with a scope may reach.</summary>
    public Reach Reach { get; } = new(timeline);

    public IEnumerable<Message> Messages => _messages.Values;

    public static SimulationFailedException Broken(string what) => new(what);

    public void Fail(string what)
    {
        timeline.Note("BROKEN: " + what);
        throw Broken(what);
    }

    public Message Enter(Message message)
    {
        _messages.Add(message.Id, message);
        return message;
    }

    public Message? Find(string id) => _messages.GetValueOrDefault(id);

    /// <summary>The gateway confirmed that a device may not connect any more.</summary>
    public void Revoked(string device) => _revoked[device] = (timeline.Steps, timeline.NowMs);

    /// <summary>The gateway confirmed that a device is no more. The next one of its name has settled no notification yet.</summary>
    public void Removed(string device, int generation)
    {
        Revoked(device);
        _removed[device] = generation;
        foreach (Message message in _messages.Values.Where(m => m.IsNotification && m.Device == device))
            message.AcceptedStep = message.RejectedStep = null;
    }

    /// <summary>The gateway confirmed that a key is good for nothing any more.</summary>
    public void Retired(string key) => _retired.TryAdd(key, timeline.NowMs);

    /// <summary>A device may connect again, or perhaps soon.</summary>
    public void Restored(string device) => _revoked.Remove(device);

    /// <summary>The gateway spoke with a device as one that it knows.</summary>
    public void Heard(Hold hold, Mark at)
    {
        if (_revoked.TryGetValue(hold.Device, out (long Step, long NowMs) revoked) && at.NowMs > revoked.NowMs + RevocationMs)
            Fail($"{hold.Name} of {hold.Device} was served {at.NowMs - revoked.NowMs} ms after the device had been shut out. [revocation]");
        if (_retired.TryGetValue(hold.Key, out long retiredMs) && at.NowMs > retiredMs + RevocationMs)
            Fail($"{hold.Name} was served {at.NowMs - retiredMs} ms after its key {hold.Key} had been taken away. [revocation]");
    }

    /// <summary>The gateway let a device in. A claim makes one device and no other.</summary>
    public void LetIn(Hold hold, Mark at)
    {
        Heard(hold, at);
        if (hold.Claim is null)
            return;
        (string Device, int Generation) first = _claimed.GetValueOrDefault(hold.Claim, (hold.Device, hold.Generation));
        if (first != (hold.Device, hold.Generation))
            Fail($"{hold.Name} was let in by {hold.Claim}, which had made {first.Device} in generation {first.Generation}. [once]");
        _claimed[hold.Claim] = first;
    }

    /// <summary>A device was handed a message.</summary>
    /// <param name="hold">On which connection.</param>
    /// <param name="id">The message.</param>
    /// <param name="sequence">Its place.</param>
    /// <param name="at">When the gateway wrote it.</param>
    public Message Delivered(Hold hold, string id, long sequence, Mark at)
    {
        Heard(hold, at);
        Enter(hold, at);
        Message message = Find(id) ?? Find($"{id}@{hold.Device}")
            ?? throw Broken($"{hold.Name} was handed '{id}', which nobody sent to {hold.Device}. [only its own]");
        timeline.Note($"{hold.Name} is handed {message} as number {message.Deliveries + 1}, written at {at.NowMs}");
        if (message.Device != hold.Device)
            Fail($"{hold.Name} of {hold.Device} was handed {message}. [only its own]");
        if (hold.Generation < message.FirstGeneration || hold.Generation > message.LastGeneration)
            Fail($"{hold.Name}: {hold.Device} was removed and created again, and was handed {message} of the one before. [only its own]");
        if (message.Sequence is long known && known != sequence)
            Fail($"{message} came with place {sequence}. [order]");
        message.Sequence ??= sequence;
        message.Deliveries++;
        if (message.Zones is string zones && !Reach.MayBeIn(hold.Device, zones, at.NowMs - ScopeMs, at.NowMs))
            Fail($"{hold.Name} was handed {message}, which was for the zones {zones}. [scope]");
        CheckTime(hold, message, at);
        CheckSettled(hold, message, at);
        if (_holds[hold.Device] is { } newest && newest != hold && newest.SinceStep < at.Step)
            Fail($"{hold.Name} was handed {message} after {newest.Name} had taken the mailbox over. [one holder]");
        CheckOrder(hold, message, sequence);
        CheckRenewed(hold, message, at);
        return message;
    }

    /// <summary>The gateway confirmed what a device had decided.</summary>
    public void Settled(Hold hold, Message message, SettleVerb verb, Mark at)
    {
        timeline.Note($"{message.Id} is confirmed as {verb}");
        if (message.IsNotification && hold.Generation <= _removed.GetValueOrDefault(hold.Device))
            return; // That was another device.
        if (verb == SettleVerb.Accept)
            message.AcceptedStep ??= at.Step;
        else if (verb == SettleVerb.Reject)
            message.RejectedStep ??= at.Step;
    }

    /// <summary>
    /// The gateway released a delivery, as MQTT has it: a message that was purged meanwhile, or went with its device, is released as well.
    /// </summary>
    public void Released(Hold hold, Message message, Mark at)
    {
        if (message is { MayBeCancelled: false, MayBeRemoved: false })
            Settled(hold, message, SettleVerb.Accept, at);
    }

    /// <summary>An outcome was read.</summary>
    public void Told(OutcomeRecord outcome)
    {
        if (_outcomes.TryGetValue(outcome.Number, out OutcomeRecord? told))
        {
            if (told != outcome)
                Fail($"Outcome {outcome.Number} was {Show(told)} and is {Show(outcome)} now. [one outcome]");
            return;
        }

        _outcomes.Add(outcome.Number, outcome);
        if (outcome.MessageId is null || Find(outcome.MessageId) is not { IsNotification: false } message)
            return;
        if (message.Outcome is { } other)
            Fail($"{message} ended twice: {Show(other)} and {Show(outcome)}. [one outcome]");
        if (message.Sequence is long known && known != outcome.Sequence.Value)
            Fail($"{message} has an outcome under place {outcome.Sequence}. [one outcome]");
        message.Sequence = outcome.Sequence.Value;
        message.Outcome = outcome;
        CheckOutcome(message, outcome);
    }

    /// <summary>At the end of all: what was taken has ended, and as it should.</summary>
    public void Close()
    {
        foreach (Message message in _messages.Values)
        {
            if (message.IsNotification || message.IsAnswer)
            {
                CloseUntold(message);
                continue;
            }

            if (message.IsAcknowledged && message.Outcome is null)
                Fail($"{message} was taken and has no outcome. [nothing lost]");
            if (message.IsRefused && (message.Outcome is not null || message.Deliveries > 0))
                Fail($"{message} was refused and is there all the same. [one outcome]");
        }
    }

    // Answers and notifications have no outcome in the feed: they must have been handed out.
    private void CloseUntold(Message message)
    {
        if (MayBeMissed(message) && !message.IsUndeliverable)
            Fail($"{message} was taken and never handed out. [nothing lost]");
    }

    /// <summary>
    /// True for an answer or a notification that was taken and not handed out, although nothing is known that would have ended it. It may
    /// have been written so often to connections which nobody read any more that it ended as undeliverable, which the gateway then says.
    /// </summary>
    public bool MayBeMissed(Message message) => message is
    {
        IsCommand: false, IsAcknowledged: true, Deliveries: 0, MayBeCancelled: false, MayBeRemoved: false, AcceptSent: false,
    } && message.ExpiresAtMs > clock.HighestMs;

    private void Enter(Hold hold, Mark at)
    {
        if (hold.SinceStep is not null)
            return;
        hold.SinceStep = at.Step;
        if (!_holds.TryGetValue(hold.Device, out Hold? newest) || newest.SinceStep < at.Step)
            _holds[hold.Device] = hold;
    }

    private static string Show(OutcomeRecord outcome) => $"{outcome.Outcome} of message {outcome.Sequence} ({outcome.Reason})";

    private void CheckTime(Hold hold, Message message, Mark at)
    {
        long unixMs = clock.At(at.Step, at.NowMs);
        if (unixMs >= message.ExpiresAtMs)
            Fail($"{hold.Name} was handed {message} {unixMs - message.ExpiresAtMs} ms after it had expired. [never late]");
        long highestMs = clock.HighestAt(at.Step, at.NowMs);
        if (highestMs < message.NotBeforeMs)
            Fail($"{hold.Name} was handed {message} {message.NotBeforeMs - highestMs} ms before its time. [never early]");
    }

    private void CheckSettled(Hold hold, Message message, Mark at)
    {
        if (message.AcceptedStep < at.Step)
            Fail($"{hold.Name} was handed {message} again, whose acceptance had been confirmed. [not twice]");
        if (message.RejectedStep < at.Step)
            Fail($"{hold.Name} was handed {message} again, whose rejection had been confirmed. [not twice]");
        if (message.CancelledStep < at.Step)
            Fail($"{hold.Name} was handed {message}, which had been taken back. [one outcome]");
    }

    // What the device has given back since, or what its connection lost with a subscription, is handed out again at once.
    private void CheckRenewed(Hold hold, Message message, Mark at)
    {
        if (hold.Renewed.Remove(message.Id, out (long AskedStep, long UntilMs) renewed)
            && at.NowMs < renewed.UntilMs && at.Step > renewed.AskedStep && !clock.WasSetSince(renewed.AskedStep))
            Fail($"{hold.Name} was handed {message} {renewed.UntilMs - at.NowMs} ms before its renewed lease ended. [lease]");
    }

    private void CheckOrder(Hold hold, Message message, long sequence)
    {
        bool isFirst = hold.Seen.Add(message.Id);
        if (!isFirst || !hold.IsOrdered || !IsOrdered || message.NotBeforeMs > 0)
            return;
        if (message.ExpiresAtMs <= clock.HighestMs)
            return; // It had expired, what is behind it was handed out, and the clock was set back before its end was stored.
        if (message.Zones is string zones && !Reach.WasIn(message.Device, zones, message.SentMs, timeline.NowMs))
            return; // Who comes into an audience is handed then what was sent to it before.
        if (sequence < hold.LastSequence)
            Fail($"{hold.Name} was handed {message} after the one at place {hold.LastSequence}. [order]");
        hold.LastSequence = sequence;
    }

    private void CheckOutcome(Message message, OutcomeRecord outcome)
    {
        long atMs = outcome.AtMs;
        string? wrong = outcome.Outcome switch
        {
            Outcome.Accepted when !message.AcceptSent => "no device accepted it",
            Outcome.Rejected when !message.RejectSent => "no device rejected it",
            Outcome.Expired when atMs < message.ExpiresAtMs => $"{message.ExpiresAtMs - atMs} ms too early",
            Outcome.Cancelled when !message.MayBeCancelled => "nobody took it back",
            Outcome.DeviceRemoved when !message.MayBeRemoved => "its device is there",
            not Outcome.Accepted when message.AcceptedStep is not null => "its acceptance had been confirmed",
            not Outcome.Rejected when message.RejectedStep is not null => "its rejection had been confirmed",
            not Outcome.Cancelled when message.CancelledStep is not null => "it had been taken back",
            _ => null,
        };
        if (wrong is not null)
            Fail($"{message} ended as {Show(outcome)}: {wrong}. [one outcome]");
    }
}
