namespace Restante.Mqtt.Flows;

/// <summary>
/// Aliases we have given topics, at most as many as the peer takes. The oldest gives way to a new topic. [MQTT 5 §3.3.2.3.4]
/// </summary>
internal sealed class OutgoingAliases(int maximum)
{
    private byte[][] _topics = [];
    private int _next;

    /// <summary>The alias of a topic, or the one it may get; the alias holds once <see cref="Commit"/> is called.</summary>
    public ushort Find(ReadOnlySpan<byte> topic, out bool isKnown)
    {
        for (int i = 0; i < _topics.Length; i++)
        {
            if (topic.SequenceEqual(_topics[i]))
            {
                isKnown = true;
                return (ushort)(i + 1);
            }
        }

        isKnown = false;
        return (ushort)(_next + 1);
    }

    public void Commit(ushort alias, ReadOnlySpan<byte> topic)
    {
        if (alias > _topics.Length)
        {
            Array.Resize(ref _topics, alias);
        }

        _topics[alias - 1] = topic.ToArray();
        _next = alias % maximum;
    }
}
