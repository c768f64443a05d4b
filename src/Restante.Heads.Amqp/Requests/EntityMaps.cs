using System.Text;
using Restante.Amqp.Types;
using Restante.Core.Devices;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Storage;

namespace Restante.Heads.Amqp.Requests;

/// <summary>What requests are answered with, as AMQP maps. What is not known or does not apply is not in the map.</summary>
internal static class EntityMaps
{
    public static AmqpMap Of(DeviceRecord device, bool connected, bool withKeys)
    {
        JsonMaps.TryRead(Encoding.UTF8.GetBytes(device.Tags), out object? tags);
        var map = new AmqpMap
        {
            ["name"] = device.Id.Value,
            ["status"] = device.Status == DeviceStatus.Enabled ? "enabled" : "disabled",
            ["connected"] = connected,
            ["tags"] = tags,
            ["groups"] = device.Groups.Cast<object?>().ToList(),
            ["created-at"] = new AmqpTimestamp(device.CreatedAtMs),
            ["changed-at"] = new AmqpTimestamp(device.ChangedAtMs),
            ["version"] = device.Version,
        };
        Add(map, "gateway", device.Gateway?.Value);
        if (withKeys)
        {
            AddKeys(map, device);
        }

        return map;
    }

    public static AmqpMap KeysOf(DeviceRecord device)
    {
        var map = new AmqpMap { ["name"] = device.Id.Value, ["version"] = device.Version };
        AddKeys(map, device);
        return map;
    }

    public static AmqpMap Of(MailboxInfo mailbox) => new()
    {
        ["depth"] = mailbox.Messages,
        ["bytes"] = mailbox.Bytes,
        ["leased"] = mailbox.Leased,
    };

    public static AmqpMap Of(SentMessage sent) => new()
    {
        ["identity"] = sent.Sequence.ToString(),
        ["expires-at"] = new AmqpTimestamp(sent.ExpiresAtMs),
        ["depth"] = sent.Depth,
    };

    /// <summary>A message that waits or is in the device's hands; with its content.</summary>
    public static AmqpMap Of(BrowsedMessage message)
    {
        AmqpMap map = Common(
            message.Sequence, message.Kind, message.Sender, message.MessageId, message.EnqueuedAtMs, message.DeliveryCount);
        map["device"] = message.Device.Value;
        map["state"] = message.LeasedUntilMs is null ? "waiting" : "leased";
        Add(map, "expires-at", message.ExpiresAtMs == long.MaxValue ? null : message.ExpiresAtMs);
        Add(map, "leased-until", message.LeasedUntilMs);
        Add(map, "held-back-until", message.HeldBackUntilMs);
        Add(map, "not-before", Set(message.NotBeforeMs));
        Add(map, "replace-key", message.ReplaceKey);
        Add(map, "reports-until", Set(message.ReportsUntilMs));
        Add(map, "resend-of", message.Origin.Value == 0 ? null : message.Origin.ToString());
        AddContent(map, message.Content);
        return map;
    }

    /// <summary>How a message ended.</summary>
    public static AmqpMap Of(OutcomeRecord outcome)
    {
        AmqpMap map = Common(
            outcome.Sequence, outcome.Kind, outcome.Sender, outcome.MessageId, outcome.EnqueuedAtMs, outcome.DeliveryCount);
        map["device"] = outcome.Device.Value;
        map["state"] = "ended";
        map["outcome"] = outcome.Outcome.Name();
        Add(map, "reason", outcome.Reason);
        Add(map, "ended-at", outcome.AtMs);
        Add(map, "reports-until", Set(outcome.ReportsUntilMs));
        Add(map, "resend-of", outcome.Origin.Value == 0 ? null : outcome.Origin.ToString());
        return map;
    }

    /// <summary>A message on the dead-letter shelf; with its content.</summary>
    public static AmqpMap Of(ShelvedMessage message)
    {
        AmqpMap map = Common(
            message.Sequence, message.Kind, message.Sender, message.MessageId, message.EnqueuedAtMs, message.DeliveryCount);
        map["outcome"] = message.Outcome.Name();
        Add(map, "reason", message.Reason);
        Add(map, "ended-at", message.AtMs);
        AddContent(map, message.Content);
        return map;
    }

    /// <summary>How many bytes a map has in a message.</summary>
    public static int SizeOf(AmqpMap map)
    {
        var writer = new AmqpWriter([]);
        try
        {
            writer.WriteValue(map);
            return writer.Length;
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static AmqpMap Common(
        Sequence sequence, MessageKind kind, string sender, string? messageId, long enqueuedAtMs, int deliveryCount)
    {
        var map = new AmqpMap
        {
            ["identity"] = sequence.ToString(),
            ["kind"] = kind.ToString().ToLowerInvariant(),
            ["sender"] = sender,
            ["enqueued-at"] = new AmqpTimestamp(enqueuedAtMs),
            ["delivery-count"] = deliveryCount,
        };
        Add(map, "message-id", messageId);
        return map;
    }

    private static void AddContent(AmqpMap map, ReadOnlyMemory<byte> encoded)
    {
        MessageContent content = MessageContent.Decode(encoded);
        Add(map, "subject", content.Subject);
        Add(map, "content-type", content.ContentType);
        map["body"] = content.BodyKind == BodyKind.Text ? Encoding.UTF8.GetString(content.Body.Span) : content.Body.ToArray();
        if (content.Properties.Count == 0)
            return;
        var properties = new AmqpMap();
        foreach ((string name, string value) in content.Properties)
        {
            if (!properties.TryGetValue(name, out _))
                properties.Add(name, value);
        }

        map["properties"] = properties;
    }

    private static long? Set(long ms) => ms == 0 ? null : ms;

    private static void AddKeys(AmqpMap map, DeviceRecord device)
    {
        Add(map, "primary-key", (device.Primary as SymmetricKey)?.Reveal());
        Add(map, "secondary-key", (device.Secondary as SymmetricKey)?.Reveal());
    }

    private static void Add(AmqpMap map, string name, string? value)
    {
        if (value is not null)
            map[name] = value;
    }

    private static void Add(AmqpMap map, string name, long? ms)
    {
        if (ms is long at)
            map[name] = new AmqpTimestamp(at);
    }
}
