namespace Restante.Amqp.Types;

/// <summary>A sequence of values of one type that share their constructor. [AMQP 1.6.24]</summary>
public sealed class AmqpArray
{
    public AmqpArray(FormatCode elementCode, IReadOnlyList<object?> items, object? descriptor = null, bool isDescribed = false)
    {
        ElementCode = elementCode;
        Items = items;
        Descriptor = descriptor;
        IsDescribed = isDescribed || descriptor is not null;
    }

    /// <summary>The encoding of every element.</summary>
    public FormatCode ElementCode { get; }

    /// <summary>True where the elements carry a descriptor.</summary>
    public bool IsDescribed { get; }

    /// <summary>The descriptor shared by all elements, meaningful if <see cref="IsDescribed"/>.</summary>
    public object? Descriptor { get; }

    public IReadOnlyList<object?> Items { get; }

    public static AmqpArray OfSymbols(params Symbol[] symbols)
    {
        var items = new object?[symbols.Length];
        FormatCode code = FormatCode.Sym8;
        for (int i = 0; i < symbols.Length; i++)
        {
            items[i] = symbols[i];
            if (symbols[i].Value.Length > byte.MaxValue)
                code = FormatCode.Sym32;
        }

        return new AmqpArray(code, items);
    }
}
