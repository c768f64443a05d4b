namespace Restante.Amqp.Types;

/// <summary>Remembers where a list or a map began, between the two calls that write it.</summary>
public readonly struct CompoundScope
{
    internal CompoundScope(int start, int items)
    {
        Start = start;
        Items = items;
    }

    internal int Start { get; }

    internal int Items { get; }
}
