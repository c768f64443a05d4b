using System.Buffers.Binary;
using System.Text;

namespace Restante.System.Tests.Abuse;

/// <summary>A frame of the gateway, taken apart without its own engine.</summary>
/// <param name="Channel">Its channel.</param>
/// <param name="Code">The code of its performative; 0 for an empty frame.</param>
/// <param name="Fields">The fields of its performative.</param>
/// <param name="Payload">What follows.</param>
internal sealed record AmqpAnswer(int Channel, ulong Code, IReadOnlyList<object?> Fields, byte[] Payload)
{
    /// <summary>A field; null where it is not there.</summary>
    public object? this[int index] => index < Fields.Count ? Fields[index] : null;

    /// <summary>The condition of the error that close, end or detach carries; empty for none.</summary>
    public string Condition => Code switch
    {
        AmqpBytes.Close or AmqpBytes.End => ConditionOf(this[0]),
        AmqpBytes.Detach => ConditionOf(this[2]),
        _ => string.Empty,
    };

    /// <summary>The description in the error that detach carries; empty for none.</summary>
    public string Description => DescriptionOf(this[2]);

    /// <summary>The condition in the error of a rejected state; empty for none.</summary>
    public static string ConditionOf(object? described) => FieldOf(described, 0);

    /// <summary>The description in the error of a rejected state; empty for none.</summary>
    public static string DescriptionOf(object? described) => FieldOf(described, 1);

    public static AmqpAnswer Parse(byte[] header, byte[] body)
    {
        ReadOnlySpan<byte> rest = body.AsSpan((header[4] * 4) - 8);
        int channel = BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(6));
        if (rest.IsEmpty)
            return new AmqpAnswer(channel, 0, [], []);
        var performative = (Described)Read(ref rest)!;
        return new AmqpAnswer(channel, performative.Code, (IReadOnlyList<object?>)performative.Value!, rest.ToArray());
    }

    private static string FieldOf(object? described, int field) => described switch
    {
        Described { Code: 0x1d, Value: IReadOnlyList<object?> error } when field < error.Count => error[field] as string ?? string.Empty,
        Described { Code: 0x25, Value: IReadOnlyList<object?> { Count: > 0 } rejected } => FieldOf(rejected[0], field),
        _ => string.Empty,
    };

    private static object? Read(ref ReadOnlySpan<byte> rest)
    {
        byte constructor = Take(ref rest, 1)[0];
        switch (constructor)
        {
            case 0x00:
                ulong code = Convert.ToUInt64(Read(ref rest), global::System.Globalization.CultureInfo.InvariantCulture);
                return new Described(code, Read(ref rest));
            case 0x40:
                return null;
            case 0x41:
                return true;
            case 0x42:
                return false;
            case 0x43:
                return 0u;
            case 0x44:
                return 0ul;
            case 0x45:
                return Array.Empty<object?>();
            case 0x56:
                return Take(ref rest, 1)[0] == 1;
            case 0x50:
                return Take(ref rest, 1)[0];
            case 0x52:
                return (uint)Take(ref rest, 1)[0];
            case 0x53:
                return (ulong)Take(ref rest, 1)[0];
            case 0x60:
                return BinaryPrimitives.ReadUInt16BigEndian(Take(ref rest, 2));
            case 0x70:
                return BinaryPrimitives.ReadUInt32BigEndian(Take(ref rest, 4));
            case 0x80:
                return BinaryPrimitives.ReadUInt64BigEndian(Take(ref rest, 8));
            case 0xa0:
                return Take(ref rest, Take(ref rest, 1)[0]).ToArray();
            case 0xb0:
                return Take(ref rest, BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, 4))).ToArray();
            case 0xa1 or 0xa3:
                return Encoding.UTF8.GetString(Take(ref rest, Take(ref rest, 1)[0]));
            case 0xb1 or 0xb3:
                return Encoding.UTF8.GetString(Take(ref rest, BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, 4))));
            case 0xc0:
                return ReadItems(Take(ref rest, Take(ref rest, 1)[0]), 1);
            case 0xd0:
                return ReadItems(Take(ref rest, BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, 4))), 4);
            case 0xc1 or 0xe0:
                return Take(ref rest, Take(ref rest, 1)[0]).ToArray();
            case 0xd1 or 0xf0:
                return Take(ref rest, BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, 4))).ToArray();
            case >= 0x50 and < 0xa0:
                // Numbers that no test looks at; the width stands in the upper half of the constructor.
                Take(ref rest, 1 << ((constructor >> 4) - 5));
                return null;
            default:
                throw new FormatException($"The gateway sent the constructor 0x{constructor:x2}.");
        }
    }

    private static List<object?> ReadItems(ReadOnlySpan<byte> items, int countWidth)
    {
        ReadOnlySpan<byte> count = Take(ref items, countWidth);
        var read = new List<object?>();
        for (int left = countWidth == 1 ? count[0] : BinaryPrimitives.ReadInt32BigEndian(count); left > 0; left--)
            read.Add(Read(ref items));
        return read;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    /// <summary>A described value.</summary>
    public sealed record Described(ulong Code, object? Value);
}
