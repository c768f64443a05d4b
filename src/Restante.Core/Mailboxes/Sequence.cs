using System.Globalization;

namespace Restante.Core.Mailboxes;

/// <summary>
/// The place of a message in the order of acceptance, unique in the store, starting at 1. Its decimal text is the
/// message's id at the gateway (the command id).
/// </summary>
public readonly record struct Sequence(long Value) : IComparable<Sequence>
{
    /// <summary>Reads the decimal text form.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Sequence sequence)
    {
        // One text for one message: no leading zeros, and none of the trailing NULs that number parsing lets pass.
        long value = 0;
        bool valid = text.Length > 0 && text[0] != '0' && !text.ContainsAnyExceptInRange('0', '9')
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        sequence = new Sequence(valid ? value : 0);
        return valid;
    }

    /// <inheritdoc/>
    public int CompareTo(Sequence other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
