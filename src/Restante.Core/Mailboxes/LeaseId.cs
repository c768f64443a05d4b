using System.Globalization;

namespace Restante.Core.Mailboxes;

/// <summary>
/// Names one hand-out of one message: the message's place and how often it had been handed out by then. A lease that lapsed or was released
/// is never valid again, as the next hand-out counts one higher. A hand-out that was taken back without being counted, as its session ended
/// or it never reached the receiver, gives its name to the next one. Text form: <c>sequence-count</c>.
/// </summary>
public readonly record struct LeaseId(Sequence Sequence, int DeliveryCount)
{
    /// <summary>Reads the text form.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LeaseId lease)
    {
        lease = default;
        int dash = text.IndexOf('-');
        if (dash < 0 || !Sequence.TryParse(text[..dash], out Sequence sequence)
            || !Sequence.TryParse(text[(dash + 1)..], out Sequence count) || count.Value > int.MaxValue)
        {
            return false;
        }

        lease = new LeaseId(sequence, (int)count.Value);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Sequence.Value}-{DeliveryCount}");
}
