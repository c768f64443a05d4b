namespace Restante.Amqp.Types;

/// <summary>A 32-bit serial number that wraps around, with the ordering of RFC 1982. [AMQP 2.8.10]</summary>
/// <remarks>Used for the delivery-count of a link; <see cref="SequenceNo"/> and <see cref="DeliveryNumber"/> keep the
/// transfer numbers and the delivery numbers of a session apart from it.</remarks>
public readonly record struct SerialNumber(uint Value) : IComparable<SerialNumber>
{
    /// <summary>The signed distance from <paramref name="from"/> to <paramref name="to"/>, −2³¹ to 2³¹−1.</summary>
    public static int Distance(uint from, uint to) => unchecked((int)(to - from));

    public static SerialNumber operator +(SerialNumber number, uint increment) => new(unchecked(number.Value + increment));

    public static int operator -(SerialNumber left, SerialNumber right) => Distance(right.Value, left.Value);

    public static bool operator <(SerialNumber left, SerialNumber right) => left - right < 0;

    public static bool operator >(SerialNumber left, SerialNumber right) => left - right > 0;

    public static bool operator <=(SerialNumber left, SerialNumber right) => left - right <= 0;

    public static bool operator >=(SerialNumber left, SerialNumber right) => left - right >= 0;

    public static SerialNumber Add(SerialNumber left, uint right) => left + right;

    public static int Subtract(SerialNumber left, SerialNumber right) => left - right;

    public int CompareTo(SerialNumber other) => this - other;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
