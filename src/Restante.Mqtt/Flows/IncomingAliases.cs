using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Flows;

/// <summary>Topics the peer has given an alias. Bounded by the maximum we announced. [MQTT 5 §3.3.2.3.4]</summary>
internal sealed class IncomingAliases(int maximum)
{
    private Entry[] _entries = [];

    /// <summary>Remembers a topic that has been checked; replaces what the alias stood for. No allocation when it stays the same.</summary>
    public void Set(uint alias, ReadOnlySpan<byte> topic)
    {
        Require(alias);
        if (alias > _entries.Length)
        {
            Array.Resize(ref _entries, (int)Math.Min((uint)maximum, Math.Max(alias, (uint)_entries.Length * 2)));
        }

        ref Entry entry = ref _entries[alias - 1];
        if (entry.Buffer is null || entry.Buffer.Length < topic.Length)
        {
            entry.Buffer = topic.ToArray();
        }
        else
        {
            topic.CopyTo(entry.Buffer);
        }

        entry.Length = topic.Length;
    }

    public ReadOnlySpan<byte> Get(uint alias)
    {
        Require(alias);
        if (alias > _entries.Length || _entries[alias - 1].Buffer is not { } buffer)
        {
            throw new MqttProtocolException("A topic alias stands for no topic.");
        }

        return buffer.AsSpan(0, _entries[alias - 1].Length);
    }

    private void Require(uint alias)
    {
        if (alias > maximum)
        {
            // [MQTT-3.3.2-9]
            throw new MqttProtocolException(MqttReasonCode.TopicAliasInvalid, "A topic alias above the maximum.");
        }
    }

    private struct Entry
    {
        public byte[]? Buffer;
        public int Length;
    }
}
