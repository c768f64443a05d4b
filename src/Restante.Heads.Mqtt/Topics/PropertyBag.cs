using System.Text;
using System.Text.Unicode;

namespace Restante.Heads.Mqtt.Topics;

/// <summary>
/// Properties at the end of a 3.1.1 topic, <c>?name=value&amp;name=value</c>, both parts URL-encoded. Walks a received bag;
/// <see cref="Append"/> writes one.
/// </summary>
internal ref struct PropertyBag
{
    private readonly Span<byte> _scratch;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Begins to read.</summary>
    /// <param name="bag">The bag without its question mark.</param>
    /// <param name="scratch">At least as long as the bag; holds what <see cref="Name"/> and <see cref="Value"/> show.</param>
    public PropertyBag(ReadOnlySpan<byte> bag, Span<byte> scratch)
    {
        _rest = bag;
        _scratch = scratch;
        Name = default;
        Value = default;
        IsMalformed = false;
    }

    /// <summary>The decoded name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The decoded value; empty when there is none.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether reading stopped at something that is no URL-encoded UTF-8.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Goes to the next property; false at the end and at a fault.</summary>
    public bool Read()
    {
        ReadOnlySpan<byte> pair = default;
        while (pair.IsEmpty)
        {
            if (_rest.IsEmpty)
                return false;
            int end = _rest.IndexOf((byte)'&');
            pair = end < 0 ? _rest : _rest[..end];
            _rest = end < 0 ? default : _rest[(end + 1)..];
        }

        int equals = pair.IndexOf((byte)'=');
        ReadOnlySpan<byte> name = equals < 0 ? pair : pair[..equals];
        ReadOnlySpan<byte> value = equals < 0 ? default : pair[(equals + 1)..];
        if (!TryDecode(name, _scratch, out int nameLength)
            || nameLength == 0
            || !TryDecode(value, _scratch[nameLength..], out int valueLength))
        {
            IsMalformed = true;
            return false;
        }

        Name = _scratch[..nameLength];
        Value = _scratch.Slice(nameLength, valueLength);
        return true;
    }

    /// <summary>Appends a property to a topic that ends with a level of its own for the bag.</summary>
    public static void Append(StringBuilder topic, string name, string value)
    {
        topic.Append(topic.Length > 0 && topic[^1] == '/' ? '?' : '&');
        topic.Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
    }

    private static bool TryDecode(ReadOnlySpan<byte> encoded, Span<byte> target, out int written)
    {
        written = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            byte b = encoded[i];
            if (b == '%')
            {
                if (i + 2 >= encoded.Length || !IsHex(encoded[i + 1]) || !IsHex(encoded[i + 2]))
                    return false;
                b = (byte)((Digit(encoded[i + 1]) << 4) | Digit(encoded[i + 2]));
                i += 2;
            }

            target[written++] = b;
        }

        return Utf8.IsValid(target[..written]) && !target[..written].Contains((byte)0);
    }

    private static bool IsHex(byte c) => char.IsAsciiHexDigit((char)c);

    private static int Digit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
