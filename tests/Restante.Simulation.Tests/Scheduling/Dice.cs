namespace Restante.Simulation.Tests.Scheduling;

/// <summary>
/// The only source of chance in a simulation: the same seed gives the same throws, on every machine and in every version of .NET.
/// </summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits (SplitMix64).</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>0 to <paramref name="limit"/>, without it.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>Between two numbers, both possible.</summary>
    public long Between(long least, long most) => least + (long)(Next() % (ulong)(most - least + 1));

    /// <summary>True so many times in a thousand.</summary>
    public bool Chance(int perMille) => Below(1_000) < perMille;

    /// <summary>One of them.</summary>
    public T Pick<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>The index of one of them, each as often as its weight says.</summary>
    public int Weighted(ReadOnlySpan<int> weights)
    {
        int sum = 0;
        foreach (int weight in weights)
            sum += weight;
        int thrown = Below(sum);
        int at = 0;
        while (thrown >= weights[at])
            thrown -= weights[at++];
        return at;
    }

    /// <summary>Bytes.</summary>
    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
            bytes[i] = (byte)Next();
        return bytes;
    }

    /// <summary>Other dice, whose throws do not depend on how often these are thrown afterwards.</summary>
    public Dice Split() => new(Next());
}
