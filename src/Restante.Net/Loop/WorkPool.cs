using System.Collections.Concurrent;

namespace Restante.Net.Loop;

/// <summary>Recycles work items across threads: those who post are rarely those who run.</summary>
internal static class WorkPool<T>
    where T : TurnWork, new()
{
    private const int Capacity = 1024;

    private static readonly ConcurrentQueue<T> Items = new();
    private static int _count;

    public static T Rent()
    {
        if (!Items.TryDequeue(out T? item))
            return new T();
        Interlocked.Decrement(ref _count);
        return item;
    }

    public static void Return(T item)
    {
        if (Volatile.Read(ref _count) >= Capacity)
            return;
        Interlocked.Increment(ref _count);
        Items.Enqueue(item);
    }
}
