using System.Buffers.Binary;
using System.Text;
using Restante.Core.Mailboxes;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Sessions;

/// <summary>
/// The stored form of a session record, little-endian: version 1, flags, last identifier, then four counted lists: subscriptions (filter
/// text, QoS, identifier), unreleased, awaiting PUBCOMP, unacknowledged (packet identifier, sequence). Version 2, for field gateways, adds
/// a counted list of devices: id, subscriptions, unacknowledged.
/// </summary>
internal static class SessionRecordForm
{
    private const byte Plain = 1;
    private const byte WithChildren = 2;
    private const byte Unsettled = 1;

    /// <summary>Writes a record.</summary>
    public static byte[] Write(SessionRecord record)
    {
        using var stream = new MemoryStream(64);
        using var writer = new BinaryWriter(stream);
        writer.Write(record.Children.Count > 0 ? WithChildren : Plain);
        writer.Write(record.IsUnsettled ? Unsettled : (byte)0);
        writer.Write(record.LastPacketId);
        WriteSubscriptions(writer, record.Subscriptions);
        WriteIds(writer, record.Unreleased.Span);
        WriteIds(writer, record.AwaitingPubComp.Span);
        WriteSent(writer, record.Unacknowledged.Span);
        if (record.Children.Count > 0)
            WriteChildren(writer, record.Children);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads a record; null when it is of a version, or holds a filter, that this gateway does not know.</summary>
    public static SessionRecord? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new Reader(bytes);
        byte version = reader.Byte();
        if (version is not (Plain or WithChildren))
            return null;
        byte flags = reader.Byte();
        ushort last = reader.UInt16();
        if (!TryReadSubscriptions(ref reader, out SubscriptionSet subscriptions))
            return null;
        ushort[] unreleased = ReadIds(ref reader);
        ushort[] awaiting = ReadIds(ref reader);
        SentBefore[] unacknowledged = ReadSent(ref reader);
        ChildRecord[]? children = version == WithChildren ? ReadChildren(ref reader) : [];
        if (children is null)
            return null;
        return reader.IsBroken
            ? null
            : new SessionRecord
            {
                Subscriptions = subscriptions,
                IsUnsettled = (flags & Unsettled) != 0,
                LastPacketId = last,
                Unreleased = unreleased,
                AwaitingPubComp = awaiting,
                Unacknowledged = unacknowledged,
                Children = children,
            };
    }

    private static void WriteSubscriptions(BinaryWriter writer, SubscriptionSet subscriptions)
    {
        writer.Write((ushort)subscriptions.Items.Length);
        foreach (Subscription subscription in subscriptions.Items)
        {
            WriteText(writer, FilterTable.Text(subscription.Filter));
            writer.Write((byte)subscription.Qos);
            writer.Write(subscription.Identifier);
        }
    }

    private static bool TryReadSubscriptions(ref Reader reader, out SubscriptionSet subscriptions)
    {
        subscriptions = default;
        int count = reader.UInt16();
        if (count > FilterTable.Count)
            return false;
        var items = new Subscription[count];
        for (int i = 0; i < items.Length; i++)
        {
            int filter = FilterTable.Find(reader.Bytes(reader.Byte()));
            if (filter < 0)
                return false;
            items[i] = new Subscription((byte)filter, (MqttQos)Math.Min(reader.Byte(), (byte)2), reader.UInt32());
        }

        subscriptions = new SubscriptionSet(items);
        return true;
    }

    private static void WriteSent(BinaryWriter writer, ReadOnlySpan<SentBefore> sent)
    {
        writer.Write((ushort)sent.Length);
        foreach (SentBefore before in sent)
        {
            writer.Write(before.PacketId);
            writer.Write(before.Sequence.Value);
        }
    }

    private static SentBefore[] ReadSent(ref Reader reader)
    {
        var sent = new SentBefore[Math.Min(reader.UInt16(), reader.Left + 1)];
        for (int i = 0; i < sent.Length; i++)
            sent[i] = new SentBefore(reader.UInt16(), new Sequence(reader.Int64()));
        return sent;
    }

    private static void WriteChildren(BinaryWriter writer, IReadOnlyList<ChildRecord> children)
    {
        writer.Write((ushort)children.Count);
        foreach (ChildRecord child in children)
        {
            WriteText(writer, child.Id);
            WriteSubscriptions(writer, child.Subscriptions);
            WriteSent(writer, child.Unacknowledged);
        }
    }

    private static ChildRecord[]? ReadChildren(ref Reader reader)
    {
        var children = new ChildRecord[Math.Min(reader.UInt16(), reader.Left + 1)];
        for (int i = 0; i < children.Length; i++)
        {
            string id = Encoding.ASCII.GetString(reader.Bytes(reader.Byte()));
            if (!TryReadSubscriptions(ref reader, out SubscriptionSet subscriptions))
                return null;
            children[i] = new ChildRecord(id, subscriptions, ReadSent(ref reader));
        }

        return children;
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        writer.Write((byte)bytes.Length);
        writer.Write(bytes);
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

        public readonly int Left => _rest.Length;

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
