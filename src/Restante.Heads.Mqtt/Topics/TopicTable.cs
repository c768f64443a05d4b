using System.Text;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>
/// The topics of a device. All are relative to the device that is authenticated on the connection, so that no topic can name another one:
/// <code>
/// telemetry                          publish   telemetry without a channel
/// telemetry/{channel}                publish   telemetry on a channel
/// …/?name=value&amp;…                    publish   the same with properties, 3.1.1 only
/// mailbox/settle/{lease}/{verb}      publish   accept, reject, release or renew
/// will                               will only the last words of the device
/// mailbox/{kind}/{id}                deliver   commands, notifications, answers
/// mailbox/{kind}/{id}/?name=value…   deliver   the same to a 3.1.1 device
/// </code>
/// What a device may subscribe to stands in <see cref="MailboxFilters"/>.
/// </summary>
internal static class TopicTable
{
    /// <summary>The longest text of a lease.</summary>
    private const int MaxLeaseLength = 32;

    private static readonly string[] s_kindNames = ["commands", "notifications", "answers"];

    /// <summary>The level that stands for a kind of message.</summary>
    public static string NameOf(MessageKind kind) => s_kindNames[(int)kind];

    /// <summary>Reads the topic of a publish.</summary>
    /// <param name="topic">A valid topic name.</param>
    /// <param name="takesBag">Whether the last levels may be a property bag (3.1.1).</param>
    public static PublishTopic Parse(ReadOnlySpan<byte> topic, bool takesBag)
    {
        ReadOnlySpan<byte> rest = topic;
        ReadOnlySpan<byte> first = TakeLevel(ref rest);
        if (first.SequenceEqual("telemetry"u8))
            return ParseTelemetry(rest, takesBag);
        if (first.SequenceEqual("mailbox"u8))
            return ParseMailbox(rest);
        if (first.SequenceEqual("reports"u8) || first.SequenceEqual("inquiries"u8) || first.SequenceEqual("state"u8))
            return NotOwn("This gateway does not take reports, inquiries or state over MQTT.");
        return Invalid("A device publishes to telemetry, telemetry/{channel} or mailbox/settle/{lease}/{verb}.");
    }

    /// <summary>Reads the topic of a will: <c>will</c>, <c>telemetry</c> or <c>telemetry/{channel}</c>.</summary>
    public static PublishTopic ParseWill(ReadOnlySpan<byte> topic, bool takesBag)
    {
        ReadOnlySpan<byte> rest = topic;
        ReadOnlySpan<byte> first = TakeLevel(ref rest);
        return first.SequenceEqual("will"u8) || first.SequenceEqual("telemetry"u8)
            ? ParseTelemetry(rest, takesBag)
            : Invalid("The topic of a will is will, telemetry or telemetry/{channel}.");
    }

    private static PublishTopic ParseTelemetry(ReadOnlySpan<byte> rest, bool takesBag)
    {
        ReadOnlySpan<byte> bag = default;
        if (takesBag)
        {
            int at = rest.StartsWith("?"u8) ? 0 : rest.IndexOf("/?"u8);
            if (at >= 0)
            {
                bag = rest[(at + (at == 0 && rest[0] == '?' ? 1 : 2))..];
                rest = rest[..at];
            }
        }

        return rest.Contains((byte)'/')
            ? Invalid("Telemetry has one level for the channel at most.")
            : new PublishTopic { Kind = TopicKind.Telemetry, Channel = rest, Bag = bag };
    }

    private static PublishTopic ParseMailbox(ReadOnlySpan<byte> rest)
    {
        if (!TakeLevel(ref rest).SequenceEqual("settle"u8))
            return NotOwn("A device publishes to mailbox/settle/{lease}/{verb} only; services write to the mailbox.");
        ReadOnlySpan<byte> leaseText = TakeLevel(ref rest);
        Span<char> text = stackalloc char[MaxLeaseLength];
        if (leaseText.Length > MaxLeaseLength
            || !LeaseId.TryParse(text[..Encoding.UTF8.GetChars(leaseText, text)], out LeaseId lease)
            || !TryParseVerb(rest, out SettleVerb verb))
        {
            return Invalid("To settle, publish to mailbox/settle/{lease}/ and accept, reject, release or renew.");
        }

        return new PublishTopic { Kind = TopicKind.Settle, Lease = lease, Verb = verb };
    }

    private static bool TryParseVerb(ReadOnlySpan<byte> text, out SettleVerb verb)
    {
        verb = SettleVerb.Accept;
        if (text.SequenceEqual("accept"u8))
            return true;
        if (text.SequenceEqual("reject"u8))
            verb = SettleVerb.Reject;
        else if (text.SequenceEqual("release"u8))
            verb = SettleVerb.Release;
        else if (text.SequenceEqual("renew"u8))
            verb = SettleVerb.Renew;
        return verb != SettleVerb.Accept;
    }

    private static ReadOnlySpan<byte> TakeLevel(ref ReadOnlySpan<byte> rest)
    {
        int slash = rest.IndexOf((byte)'/');
        ReadOnlySpan<byte> level = slash < 0 ? rest : rest[..slash];
        rest = slash < 0 ? default : rest[(slash + 1)..];
        return level;
    }

    private static PublishTopic Invalid(string problem) => new() { Kind = TopicKind.Invalid, Problem = problem };

    private static PublishTopic NotOwn(string problem) => new() { Kind = TopicKind.NotOwn, Problem = problem };
}
