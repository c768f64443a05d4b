namespace Restante.Storage.Conformance.Fuzzing;

/// <summary>Damages what was good: pieces changed, taken out, doubled, put elsewhere, or taken from another one.</summary>
public static class Damage
{
    private static readonly byte[] s_extremes = [0x00, 0x01, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xc0, 0xfe, 0xff];

    /// <summary>One of the examples with up to four faults; in one of twenty rounds bytes by chance.</summary>
    public static byte[] Bytes(Random random, IReadOnlyList<byte[]> examples) =>
        random.Next(20) == 0
            ? Noise(random, random.Next(100))
            : [.. Of(random, examples[random.Next(examples.Count)], r => r.Next(2) == 0 ? (byte)r.Next(256)
                : s_extremes[r.Next(s_extremes.Length)])];

    /// <summary>A text with up to four faults: characters, also halves of one, and words put where they do not belong.</summary>
    public static string Text(Random random, string example, IReadOnlyList<string> words)
    {
        string text = string.Concat(Of(random, example, Character));
        for (int i = random.Next(3); i > 0; i--)
            text = text.Insert(random.Next(text.Length + 1), words[random.Next(words.Count)]);
        return text;
    }

    /// <summary>One character; any of the first 65,536.</summary>
    public static char Character(Random random) => random.Next(8) == 0 ? (char)random.Next(0x10000) : (char)random.Next(32, 127);

    /// <summary>Bytes by chance.</summary>
    public static byte[] Noise(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static List<T> Of<T>(Random random, IEnumerable<T> good, Func<Random, T> another)
    {
        List<T> parts = [.. good];
        for (int faults = random.Next(5); faults > 0 && parts.Count > 0; faults--)
        {
            int at = random.Next(parts.Count);
            int length = random.Next(1, Math.Min(parts.Count - at, 16) + 1);
            switch (random.Next(6))
            {
                case 0 or 1:
                    parts[at] = another(random);
                    break;
                case 2:
                    parts.Insert(at, another(random));
                    break;
                case 3:
                    parts.RemoveRange(at, length);
                    break;
                case 4:
                    parts.InsertRange(random.Next(parts.Count + 1), parts.GetRange(at, length));
                    break;
                default:
                    if (random.Next(4) == 0)
                        parts.RemoveRange(at, parts.Count - at);
                    else
                        parts[at] = parts[random.Next(parts.Count)];
                    break;
            }
        }

        return parts;
    }
}
