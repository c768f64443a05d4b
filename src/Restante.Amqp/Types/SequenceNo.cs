namespace Restante.Amqp.Types;

/// <summary>The number of a transfer frame within a session and a direction (transfer-number), ordered by RFC 1982. [AMQP 2.8.8]</summary>
public readonly record struct SequenceNo(uint Value) : IComparable<SequenceNo>
{
    public static SequenceNo operator +(SequenceNo number, uint increment) => new(unchecked(number.Value + increment));

    public static int operator -(SequenceNo left, SequenceNo right) => SerialNumber.Distance(right.Value, left.Value);

    public static bool operator <(SequenceNo left, SequenceNo right) => left - right < 0;

    public static bool operator >(SequenceNo left, SequenceNo right) => left - right > 0;

    public static bool operator <=(SequenceNo left, SequenceNo right) => left - right <= 0;

    public static bool operator >=(SequenceNo left, SequenceNo right) => left - right >= 0;

    public static SequenceNo Add(SequenceNo left, uint right) => left + right;

    public static int Subtract(SequenceNo left, SequenceNo right) => left - right;

    public int CompareTo(SequenceNo other) => this - other;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
