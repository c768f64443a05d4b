namespace Restante.Amqp;

/// <summary>Small arrays indexed by channel or handle that grow to what is used, and no further than their limit.</summary>
internal static class Slots
{
    internal static T? Get<T>(T?[] slots, uint index)
        where T : class => index < (uint)slots.Length ? slots[index] : null;

    internal static void Set<T>(ref T?[] slots, int index, T value)
        where T : class
    {
        if (index >= slots.Length)
            Array.Resize(ref slots, Math.Max(index + 1, slots.Length < 2 ? slots.Length + 1 : slots.Length * 2));
        slots[index] = value;
    }

    internal static void Clear<T>(ref T?[] slots, int index)
        where T : class
    {
        if (index < slots.Length)
            slots[index] = null;
    }

    /// <summary>The lowest free index up to a maximum, or -1.</summary>
    internal static int FirstFree<T>(T?[] slots, uint max)
        where T : class
    {
        for (int i = 0; i < slots.Length; i++)
        {
            if (slots[i] is null)
                return (uint)i <= max ? i : -1;
        }

        return (uint)slots.Length <= max ? slots.Length : -1;
    }
}
