namespace Restante.Amqp.Types;

/// <summary>The number of a delivery within a session and a direction (delivery-id), ordered by RFC 1982. [AMQP 2.8.7]</summary>
public readonly record struct DeliveryNumber(uint Value) : IComparable<DeliveryNumber>
{
    public static DeliveryNumber operator +(DeliveryNumber number, uint increment) => new(unchecked(number.Value + increment));

    public static int operator -(DeliveryNumber left, DeliveryNumber right) => SerialNumber.Distance(right.Value, left.Value);

    public static bool operator <(DeliveryNumber left, DeliveryNumber right) => left - right < 0;

    public static bool operator >(DeliveryNumber left, DeliveryNumber right) => left - right > 0;

    public static bool operator <=(DeliveryNumber left, DeliveryNumber right) => left - right <= 0;

    public static bool operator >=(DeliveryNumber left, DeliveryNumber right) => left - right >= 0;

    public static DeliveryNumber Add(DeliveryNumber left, uint right) => left + right;

    public static int Subtract(DeliveryNumber left, DeliveryNumber right) => left - right;

    public int CompareTo(DeliveryNumber other) => this - other;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
