using System.Text;

namespace Restante.Amqp.Types;

/// <summary>Walks an encoded map without allocating.</summary>
public ref struct MapReader
{
    private ItemReader _items;

    internal MapReader(ItemReader items) => _items = items;

    /// <summary>The encoding of the current key.</summary>
    public ReadOnlySpan<byte> RawKey { get; private set; }

    /// <summary>The encoding of the current value; a lone 0x40 for null.</summary>
    public ReadOnlySpan<byte> RawValue { get; private set; }

    /// <summary>The characters of the current key as bytes, if it is a string or a symbol; otherwise empty.</summary>
    public readonly ReadOnlySpan<byte> KeyText
    {
        get
        {
            var reader = new AmqpReader(RawKey);
            return reader.Peek() switch
            {
                FormatCode.Str8 or FormatCode.Str32 => reader.ReadStringBytes(),
                FormatCode.Sym8 or FormatCode.Sym32 => reader.ReadSymbolBytes(),
                _ => default,
            };
        }
    }

    /// <summary>A reader at the current value.</summary>
    public readonly AmqpReader Value => new(RawValue);

    /// <summary>Pairs not yet taken.</summary>
    public readonly int Remaining => _items.Remaining / 2;

    /// <summary>Finds a string or symbol key; false where it is absent or its value null.</summary>
    public readonly bool TryGet(ReadOnlySpan<byte> key, out AmqpReader value)
    {
        MapReader walk = this;
        while (walk.Next())
        {
            if (walk.KeyText.SequenceEqual(key) && walk.RawValue[0] != (byte)FormatCode.Null)
            {
                value = walk.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Goes to the next pair.</summary>
    public bool Next()
    {
        if (_items.Remaining == 0)
        {
            _items.CheckEnd();
            return false;
        }

        ReadOnlySpan<byte> key = _items.NextRaw();
        if (key.IsEmpty)
            throw AmqpViolationException.Decode("A map has a null key.");
        RawKey = key;
        ReadOnlySpan<byte> value = _items.NextRaw();
        RawValue = value.IsEmpty ? NullValue : value;
        return true;
    }

    /// <summary>The current key as a string, for logs and tests.</summary>
    public override readonly string ToString() => Encoding.UTF8.GetString(KeyText);

    private static ReadOnlySpan<byte> NullValue => [(byte)FormatCode.Null];
}
