using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Heads.Amqp;

/// <summary>
/// The selector among the filters on a link's source: the first one that is named or described as <c>apache.org:selector-filter:string</c>,
/// or described by its code.
/// </summary>
internal static class SelectorFilter
{
    public static readonly Symbol Name = "apache.org:selector-filter:string";

    private const ulong Code = 0x0000_468C_0000_0004UL;

    /// <summary>The text of the selector; null for none.</summary>
    /// <param name="source">The source that the peer wishes.</param>
    /// <param name="applied">The filter set with the selector alone: what the answer says when it is honoured. [AMQP 3.5.3]</param>
    public static string? Find(Source? source, out AmqpMap? applied)
    {
        applied = null;
        if (source?.Filter is not { Count: > 0 } filters)
            return null;
        foreach (KeyValuePair<object, object?> entry in filters)
        {
            if (entry.Value is not DescribedValue { Value: string text } described || !IsSelector(entry.Key, described))
                continue;
            applied = new AmqpMap { { entry.Key, described } };
            return text;
        }

        return null;
    }

    private static bool IsSelector(object key, DescribedValue value) =>
        Equals(key, Name) || Equals(value.Descriptor, Name) || Equals(value.Descriptor, Code);
}
