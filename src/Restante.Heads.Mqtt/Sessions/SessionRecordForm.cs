using System.Buffers.Binary;
using System.Text;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>
/// The stored form of a session record, little-endian: version 1, flags, last identifier, then four counted lists: subscriptions (filter
/// text, QoS, identifier), unreleased, awaiting PUBCOMP, unacknowledged (packet identifier, sequence).
/// </summary>
internal static class SessionRecordForm
{
    private const byte Version = 1;
    private const byte Unsettled = 1;

    /// <summary>Writes a record.</summary>
    public static byte[] Write(SessionRecord record)
    {
        using var stream = new MemoryStream(64);
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write(record.IsUnsettled ? Unsettled : (byte)0);
        writer.Write(record.LastPacketId);
        writer.Write((ushort)record.Subscriptions.Items.Length);
        foreach (Subscription subscription in record.Subscriptions.Items)
        {
            byte[] filter = Encoding.ASCII.GetBytes(FilterTable.Text(subscription.Filter));
            writer.Write((byte)filter.Length);
            writer.Write(filter);
            writer.Write((byte)subscription.Qos);
            writer.Write(subscription.Identifier);
        }

        WriteIds(writer, record.Unreleased.Span);
        WriteIds(writer, record.AwaitingPubComp.Span);
        writer.Write((ushort)record.Unacknowledged.Length);
        foreach (SentBefore sent in record.Unacknowledged.Span)
        {
            writer.Write(sent.PacketId);
            writer.Write(sent.Sequence.Value);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads a record; null when it is of a version, or holds a filter, that this gateway does not know.</summary>
    public static SessionRecord? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new Reader(bytes);
        if (reader.Byte() != Version)
            return null;
        byte flags = reader.Byte();
        ushort last = reader.UInt16();
        int count = reader.UInt16();
        if (count > FilterTable.Count)
            return null;
        var subscriptions = new Subscription[count];
        for (int i = 0; i < subscriptions.Length; i++)
        {
            int filter = FilterTable.Find(reader.Bytes(reader.Byte()));
            if (filter < 0)
                return null;
            subscriptions[i] = new Subscription((byte)filter, (MqttQos)Math.Min(reader.Byte(), (byte)2), reader.UInt32());
        }

        ushort[] unreleased = ReadIds(ref reader);
        ushort[] awaiting = ReadIds(ref reader);
        var unacknowledged = new SentBefore[Math.Min(reader.UInt16(), bytes.Length)];
        for (int i = 0; i < unacknowledged.Length; i++)
            unacknowledged[i] = new SentBefore(reader.UInt16(), new Sequence(reader.Int64()));
        return reader.IsBroken
            ? null
            : new SessionRecord
            {
                Subscriptions = new SubscriptionSet(subscriptions),
                IsUnsettled = (flags & Unsettled) != 0,
                LastPacketId = last,
                Unreleased = unreleased,
                AwaitingPubComp = awaiting,
                Unacknowledged = unacknowledged,
            };
    }

    private static void WriteIds(BinaryWriter writer, ReadOnlySpan<ushort> ids)
    {
        writer.Write((ushort)ids.Length);
        foreach (ushort id in ids)
            writer.Write(id);
    }

    private static ushort[] ReadIds(ref Reader reader)
    {
        var ids = new ushort[reader.UInt16()];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = reader.UInt16();
        return ids;
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool IsBroken { get; private set; }

        public ReadOnlySpan<byte> Bytes(int count)
        {
            if (count > _rest.Length)
            {
                IsBroken = true;
                _rest = default;
                return default;
            }

            ReadOnlySpan<byte> taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        public byte Byte() => Bytes(1) is [byte b] ? b : (byte)0;

        public ushort UInt16() => Bytes(2) is { Length: 2 } b ? BinaryPrimitives.ReadUInt16LittleEndian(b) : (ushort)0;

        public uint UInt32() => Bytes(4) is { Length: 4 } b ? BinaryPrimitives.ReadUInt32LittleEndian(b) : 0;

        public long Int64() => Bytes(8) is { Length: 8 } b ? BinaryPrimitives.ReadInt64LittleEndian(b) : 0;
    }
}
