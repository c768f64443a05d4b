using Restante.Core.Access;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Storage;

namespace Restante.Storage.Conformance.Memory;

/// <summary>What the registry and the mailboxes share.</summary>
internal sealed class MemoryState(MailboxLimits limits, Action checkWrite)
{
    private long _lastSequence;
    private long _lastOutcome;
    private long _lastEpoch;
    private long _lastDevice;

    public Lock Gate { get; } = new();

    public MailboxLimits Limits { get; } = limits;

    public SortedDictionary<string, MemoryDevice> ById { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<long, MemoryDevice> ByNumber { get; } = [];

    public SortedDictionary<string, PolicyRecord> Policies { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<long, OutcomeRecord> Outcomes { get; } = [];

    public Dictionary<string, long> Cursors { get; } = new(StringComparer.Ordinal);

    public long LastOutcome => _lastOutcome;

    /// <summary>Refuses the durable change that is about to be made, if the test wants that.</summary>
    public void CheckWrite() => checkWrite();

    public Sequence NextSequence() => new(++_lastSequence);

    public SessionEpoch NextEpoch() => new(++_lastEpoch);

    public DeviceNumber NextDevice() => new(++_lastDevice);

    public void ForgetSessions()
    {
        foreach (MemoryDevice device in ByNumber.Values)
        {
            device.Epoch = 0;
            foreach (MemoryMessage message in device.Messages.Values)
                message.LeasedUntilMs = null;
        }
    }

    /// <summary>Ends a message: it leaves the mailbox and its outcome is written.</summary>
    public void End(MemoryDevice device, MemoryMessage message, Outcome outcome, string? reason, long nowMs)
    {
        device.Messages.Remove(message.Sequence.Value);
        long number = ++_lastOutcome;
        Outcomes.Add(number, new OutcomeRecord
        {
            Number = number,
            Sequence = message.Sequence,
            Device = device.Record.Id,
            Kind = message.Item.Kind,
            Outcome = outcome,
            Reason = reason is { Length: > 512 } ? reason[..512] : reason,
            MessageId = message.Item.MessageId,
            Sender = message.Item.Sender,
            DeliveryCount = message.DeliveryCount,
            EnqueuedAtMs = message.EnqueuedAtMs,
            AtMs = nowMs,
        });
    }

    /// <summary>How a message that is not leased has to end now, if it may not be handed out again.</summary>
    public Outcome? DueEnd(MemoryMessage message, long nowMs) =>
        message.IsExpired(nowMs) ? Outcome.Expired
        : message.DeliveryCount >= Limits.MaxDeliveries ? Outcome.Undeliverable
        : null;

    /// <summary>Gives every leased message back; what may not be handed out again ends, unless the store refuses that now.</summary>
    public void GiveAllBack(MemoryDevice device, long nowMs)
    {
        foreach (MemoryMessage message in device.Messages.Values.Where(m => m.LeasedUntilMs is not null).ToList())
        {
            message.LeasedUntilMs = null;
            if (DueEnd(message, nowMs) is Outcome outcome)
                TryEnd(device, message, outcome, nowMs);
        }
    }

    /// <summary>Ends a message unless the store refuses that now.</summary>
    public void TryEnd(MemoryDevice device, MemoryMessage message, Outcome outcome, long nowMs)
    {
        try
        {
            CheckWrite();
        }
        catch (StoreUnavailableException)
        {
            return;
        }

        End(device, message, outcome, null, nowMs);
    }

    public ValueTask<T> Run<T>(Func<T> verb)
    {
        lock (Gate)
        {
            try
            {
                return ValueTask.FromResult(verb());
            }
            catch (Exception failure) when (failure is StoreUnavailableException or ArgumentException)
            {
                return ValueTask.FromException<T>(failure);
            }
        }
    }

    public async ValueTask Run(Action verb) => await Run(() =>
    {
        verb();
        return true;
    });
}
