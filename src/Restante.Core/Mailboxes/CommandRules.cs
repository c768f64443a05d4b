using Restante.Core.Devices;
using Restante.Core.Limits;
using Restante.Core.Messages;
using Restante.Core.Refusals;
using Restante.Core.Storage;

namespace Restante.Core.Mailboxes;

/// <summary>What a command must be like to be put into a mailbox.</summary>
internal sealed class CommandRules(GatewayLimits limits)
{
    /// <summary>The message to store, or why it is refused: not-found, too-large, malformed, expired.</summary>
    public Result<EnqueueItem> Check(string sender, string device, ReadOnlyMemory<byte> content, CommandTerms terms, long now)
    {
        if (!DeviceId.TryParse(device, out DeviceId id))
            return Refusal.DeviceNotFound(device.Length <= DeviceId.MaxLength ? device : device[..DeviceId.MaxLength]);
        if (content.Length > limits.MaxMessageBytes)
            return new Refusal(RefusalKind.TooLarge, $"The message has {content.Length} bytes; the limit is {limits.MaxMessageBytes}.");
        if (Texts(terms) is Refusal refusal)
            return refusal;
        long expiresAtMs = terms.ExpiresAtMs ?? DefaultExpiry(terms, now);
        return Times(terms, expiresAtMs, now) is Refusal untimely ? untimely : new EnqueueItem
        {
            Device = id,
            Kind = MessageKind.Command,
            Content = content,
            ExpiresAtMs = expiresAtMs,
            MessageId = terms.MessageId,
            Sender = sender,
            NotBeforeMs = terms.NotBeforeMs is long at && at > now ? at : 0,
            ReplaceKey = terms.ReplaceKey,
            Flags = (terms.WantsOutcome ? MessageFlags.None : MessageFlags.OutcomeNotWanted)
                | (terms.ShelveExpired ? MessageFlags.ShelveExpired : MessageFlags.None),
            ReportsUntilMs = terms.ReportsUntilMs ?? 0,
        };
    }

    /// <summary>When a message sent now expires; a refusal when the wish is not possible.</summary>
    /// <param name="expiresAtMs">The wish; null for the default life.</param>
    /// <param name="now">The time.</param>
    public Result<long> Expiry(long? expiresAtMs, long now)
    {
        long expiry = expiresAtMs ?? now + limits.DefaultTtlMs;
        return Life(expiry, now) is Refusal refusal ? refusal : expiry;
    }

    /// <summary>Why a sender's message-id is refused; null when it is not, or there is none.</summary>
    public static Refusal? MessageId(string? id) => id?.Length is 0 or > MailboxHub.MaxMessageIdLength
        ? new Refusal(
            RefusalKind.Malformed,
            $"The message-id has {id.Length} characters; it has 1 to {MailboxHub.MaxMessageIdLength}, or is left out.")
        : null;

    private static Refusal? Texts(CommandTerms terms)
    {
        if (MessageId(terms.MessageId) is Refusal refusal)
            return refusal;
        return terms.ReplaceKey?.Length is 0 or > MailboxHub.MaxReplaceKeyLength
            ? new Refusal(RefusalKind.Malformed, $"A replace-key has 1 to {MailboxHub.MaxReplaceKeyLength} characters.")
            : null;
    }

    private Refusal? Times(CommandTerms terms, long expiresAtMs, long now)
    {
        if (Life(expiresAtMs, now) is Refusal refusal)
            return refusal;
        if (terms.NotBeforeMs > now + limits.MaxTtlMs)
        {
            return new Refusal(
                RefusalKind.Malformed,
                $"The message would wait longer to be handed out than a message may live: {limits.MaxTtlMs / 1000} seconds.");
        }

        if (terms.NotBeforeMs >= expiresAtMs)
            return new Refusal(RefusalKind.Malformed, "The message would expire before the instant from which on it may be handed out.");
        if (terms.ReportsUntilMs <= now)
            return new Refusal(RefusalKind.Malformed, "The time until which reports are taken has passed.");
        return terms.ReportsUntilMs > expiresAtMs + limits.MaxTtlMs
            ? new Refusal(RefusalKind.Malformed, $"Reports are taken at most {limits.MaxTtlMs / 1000} seconds beyond the message's expiry.")
            : null;
    }

    private Refusal? Life(long expiresAtMs, long now)
    {
        if (expiresAtMs <= now)
            return new Refusal(RefusalKind.Expired, "The message has expired before it was sent.");
        return expiresAtMs - now > limits.MaxTtlMs
            ? new Refusal(RefusalKind.Malformed, $"The message would live longer than the limit of {limits.MaxTtlMs / 1000} seconds.")
            : null;
    }

    // The default life begins when the message may be handed out, but is never longer than a sender could wish.
    private long DefaultExpiry(CommandTerms terms, long now)
    {
        long longest = now + limits.MaxTtlMs;
        long begins = terms.NotBeforeMs is long at && at > now && at < longest ? at : now;
        return Math.Min(begins + limits.DefaultTtlMs, longest);
    }
}
