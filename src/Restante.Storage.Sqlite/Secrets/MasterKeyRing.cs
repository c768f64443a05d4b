namespace Restante.Storage.Sqlite.Secrets;

/// <summary>
/// The master keys of a store. The first is current: what is written is sealed with it. The others are old and only open what they have
/// sealed before. Written with one key a line.
/// </summary>
public sealed class MasterKeyRing
{
    /// <summary>The most keys a ring may hold.</summary>
    public const int MaxKeys = 64;

    private MasterKeyRing(IReadOnlyList<MasterKey> keys) => Keys = keys;

    /// <summary>All keys, the current one first; never empty.</summary>
    public IReadOnlyList<MasterKey> Keys { get; }

    /// <summary>The key that seals.</summary>
    public MasterKey Current => Keys[0];

    /// <summary>A ring of one new key.</summary>
    public static MasterKeyRing Generate() => new([MasterKey.Generate()]);

    /// <summary>Reads a ring: keys in base64, divided by blanks or ends of lines.</summary>
    /// <exception cref="FormatException">It is none; the message says why, without saying what stands there.</exception>
    public static MasterKeyRing Parse(string text)
    {
        var keys = new List<MasterKey>();
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (keys.Count == MaxKeys)
                throw new FormatException($"There are more than {MaxKeys} keys.");
            if (!MasterKey.TryParse(word, out MasterKey? key))
                throw new FormatException($"Key {keys.Count + 1} is no base64 of {MasterKey.LengthBytes} bytes.");
            if (keys.Exists(held => held.Id == key.Id))
                throw new FormatException($"Key {keys.Count + 1} ({key.Id}) stands there twice.");
            keys.Add(key);
        }

        return keys.Count > 0 ? new MasterKeyRing(keys) : throw new FormatException("There is no key.");
    }

    /// <summary>This ring behind a new current key.</summary>
    /// <exception cref="InvalidOperationException">It holds <see cref="MaxKeys"/> keys already.</exception>
    public MasterKeyRing Rotated() => Keys.Count < MaxKeys
        ? new MasterKeyRing([MasterKey.Generate(), .. Keys])
        : throw new InvalidOperationException($"A key ring has at most {MaxKeys} keys.");

    /// <summary>This ring without the old keys whose ids are not named.</summary>
    public MasterKeyRing Only(IReadOnlyCollection<string> ids) =>
        new([Current, .. Keys.Skip(1).Where(key => ids.Contains(key.Id))]);

    /// <summary>The key of an id; null when the ring does not hold it.</summary>
    public MasterKey? Find(string id) => Keys.FirstOrDefault(key => key.Id == id);

    /// <summary>The ring as <see cref="Parse"/> reads it, to be kept where nobody reads the store.</summary>
    public string Reveal() => string.Concat(Keys.Select(key => key.Reveal() + "\n"));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Keys.Select(key => key.Id));

    internal MasterKey? Find(ReadOnlySpan<byte> id)
    {
        foreach (MasterKey key in Keys)
        {
            if (id.SequenceEqual(key.IdOf))
                return key;
        }

        return null;
    }
}
