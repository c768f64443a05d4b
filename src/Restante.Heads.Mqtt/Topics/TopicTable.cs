using System.Text;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>
/// The topics of a device. All are relative to the device that is authenticated on the connection; only those of a field gateway name a
/// device behind it:
/// <code>
/// telemetry                          publish   telemetry without a channel
/// telemetry/{channel}                publish   telemetry on a channel
/// …/?name=value&amp;…                    publish   the same with properties, 3.1.1 only
/// mailbox/settle/{lease}/{verb}      publish   accept, reject, release or renew
/// reports/{command}[/final]          publish   a report on a command, the last one with the end mark
/// inquiries/{subject}/{id}           publish   a question
/// inquiries/{subject}/{id}/cancel    publish   takes it back
/// state/get                          publish   asks for the state document
/// state/reported                     publish   changes its reported part
/// devices/{id}/…                     both      all of these but the will, for a device behind this one
/// devices/{id}/ended                 deliver   the subscriptions for that device have ended
/// will                               will only the last words of the device
/// mailbox/{kind}/{id}                deliver   commands, notifications, answers
/// mailbox/{kind}/{id}/?name=value…   deliver   the same to a 3.1.1 device
/// state/desired                      deliver   what services want, at every change
/// state/document                     deliver   the answer to state/get
/// </code>
/// What a device may subscribe to stands in <see cref="FilterTable"/>.
/// </summary>
internal static class TopicTable
{
    /// <summary>Below <c>devices/{id}/</c>: where a field gateway is told that its subscriptions for a device have ended.</summary>
    public const string Ended = "ended";

    /// <summary>The longest text of a lease.</summary>
    private const int MaxLeaseLength = 32;

    /// <summary>The longest text of a sequence.</summary>
    private const int MaxSequenceLength = 20;

    private static readonly string[] s_kindNames = ["commands", "notifications", "answers"];

    /// <summary>The level that stands for a kind of message.</summary>
    public static string NameOf(MessageKind kind) => s_kindNames[(int)kind];

    /// <summary>Reads the topic of a publish.</summary>
    /// <param name="topic">A valid topic name.</param>
    /// <param name="takesBag">Whether the last levels may be a property bag (3.1.1).</param>
    public static PublishTopic Parse(ReadOnlySpan<byte> topic, bool takesBag)
    {
        ReadOnlySpan<byte> rest = topic;
        if (EndsEmpty(topic, takesBag))
            return Invalid("The last level of the topic is empty.");
        ReadOnlySpan<byte> first = TakeLevel(ref rest);
        if (first.SequenceEqual("telemetry"u8))
            return ParseTelemetry(rest, takesBag);
        if (first.SequenceEqual("mailbox"u8))
            return ParseMailbox(rest);
        if (first.SequenceEqual("reports"u8))
            return ParseReport(rest, takesBag);
        if (first.SequenceEqual("inquiries"u8))
            return ParseInquiry(rest, takesBag);
        if (first.SequenceEqual("state"u8))
            return ParseState(rest, takesBag);
        if (first.SequenceEqual("devices"u8))
            return ParseChild(rest, takesBag);
        return Invalid(
            "A device publishes to telemetry, reports/{command}, inquiries/{subject}/{id}, state/get, state/reported or "
            + "mailbox/settle/{lease}/{verb}.");
    }

    /// <summary>Reads the topic of a will: <c>will</c>, <c>telemetry</c> or <c>telemetry/{channel}</c>.</summary>
    public static PublishTopic ParseWill(ReadOnlySpan<byte> topic, bool takesBag)
    {
        ReadOnlySpan<byte> rest = topic;
        ReadOnlySpan<byte> first = TakeLevel(ref rest);
        return !EndsEmpty(topic, takesBag) && (first.SequenceEqual("will"u8) || first.SequenceEqual("telemetry"u8))
            ? ParseTelemetry(rest, takesBag)
            : Invalid("The topic of a will is will, telemetry or telemetry/{channel}.");
    }

    private static PublishTopic ParseTelemetry(ReadOnlySpan<byte> rest, bool takesBag)
    {
        ReadOnlySpan<byte> bag = TakeBag(ref rest, takesBag);
        return rest.Contains((byte)'/')
            ? Invalid("Telemetry has one level for the channel at most.")
            : new PublishTopic { Kind = TopicKind.Telemetry, Channel = rest, Bag = bag };
    }

    private static PublishTopic ParseReport(ReadOnlySpan<byte> rest, bool takesBag)
    {
        ReadOnlySpan<byte> bag = TakeBag(ref rest, takesBag);
        ReadOnlySpan<byte> id = TakeLevel(ref rest);
        Span<char> text = stackalloc char[MaxSequenceLength];
        bool isFinal = rest.SequenceEqual("final"u8);
        if (id.Length > MaxSequenceLength
            || !Sequence.TryParse(text[..Encoding.UTF8.GetChars(id, text)], out Sequence command)
            || !(isFinal || rest.IsEmpty))
        {
            return Invalid("A report is published to reports/{command} or reports/{command}/final, with the id of the command.");
        }

        return new PublishTopic { Kind = TopicKind.Report, Command = command, IsFinal = isFinal, Bag = bag };
    }

    private static PublishTopic ParseInquiry(ReadOnlySpan<byte> rest, bool takesBag)
    {
        ReadOnlySpan<byte> bag = TakeBag(ref rest, takesBag);
        ReadOnlySpan<byte> subject = TakeLevel(ref rest);
        ReadOnlySpan<byte> id = TakeLevel(ref rest);
        bool isCancel = rest.SequenceEqual("cancel"u8);
        return subject.IsEmpty || id.IsEmpty || !(isCancel || rest.IsEmpty)
            ? Invalid("An inquiry is published to inquiries/{subject}/{id}, and taken back at inquiries/{subject}/{id}/cancel.")
            : new PublishTopic { Kind = isCancel ? TopicKind.Cancel : TopicKind.Inquiry, Channel = subject, Inquiry = id, Bag = bag };
    }

    private static PublishTopic ParseState(ReadOnlySpan<byte> rest, bool takesBag)
    {
        ReadOnlySpan<byte> bag = TakeBag(ref rest, takesBag);
        return rest.SequenceEqual("get"u8) ? new PublishTopic { Kind = TopicKind.StateGet, Bag = bag }
            : rest.SequenceEqual("reported"u8) ? new PublishTopic { Kind = TopicKind.StateReport, Bag = bag }
            : NotOwn("Of its state a device publishes to state/get and state/reported only.");
    }

    private static PublishTopic ParseChild(ReadOnlySpan<byte> rest, bool takesBag)
    {
        ReadOnlySpan<byte> child = TakeLevel(ref rest);
        PublishTopic topic = rest.StartsWith("devices/"u8)
            ? Invalid("A device behind this one has none behind it.")
            : Parse(rest, takesBag);
        return child.IsEmpty ? Invalid("The id of the device is missing: devices/{id}/telemetry and so on.")
            : topic.Kind is TopicKind.Invalid or TopicKind.NotOwn ? topic
            : topic with { Child = child };
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

    // The bag is the last level, or what stands in its place.
    private static ReadOnlySpan<byte> TakeBag(scoped ref ReadOnlySpan<byte> rest, bool takesBag)
    {
        int at = !takesBag ? -1 : rest.StartsWith("?"u8) ? 0 : rest.IndexOf("/?"u8);
        if (at < 0)
            return default;
        ReadOnlySpan<byte> bag = rest[(at + (at == 0 && rest[0] == '?' ? 1 : 2))..];
        rest = rest[..at];
        return bag;
    }

    // An empty level is not the same as none.
    private static bool EndsEmpty(ReadOnlySpan<byte> topic, bool takesBag)
    {
        TakeBag(ref topic, takesBag);
        return topic.EndsWith("/"u8);
    }

    private static ReadOnlySpan<byte> TakeLevel(scoped ref ReadOnlySpan<byte> rest)
    {
        int slash = rest.IndexOf((byte)'/');
        ReadOnlySpan<byte> level = slash < 0 ? rest : rest[..slash];
        rest = slash < 0 ? default : rest[(slash + 1)..];
        return level;
    }

    private static PublishTopic Invalid(string problem) => new() { Kind = TopicKind.Invalid, Problem = problem };

    private static PublishTopic NotOwn(string problem) => new() { Kind = TopicKind.NotOwn, Problem = problem };
}
