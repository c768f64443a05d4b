using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Flows;

/// <summary>QoS 1 and 2 messages sent to the peer that are not finished. [MQTT 5 §4.3]</summary>
internal sealed class OutgoingFlows
{
    private PacketIdSet _awaitingPubAck;
    private PacketIdSet _awaitingPubRec;
    private PacketIdSet _awaitingPubComp;
    private PacketIdSet _reserved;
    private AcknowledgementQueue _releases;

    public bool IsEmpty => InFlight == 0 && _reserved.Count == 0;

    /// <summary>How many messages are between PUBLISH and their last acknowledgement.</summary>
    public int InFlight => _awaitingPubAck.Count + _awaitingPubRec.Count + _awaitingPubComp.Count + _releases.Count;

    /// <summary>The identifiers whose PUBREL is unanswered, in the order it was sent.</summary>
    public ReadOnlySpan<ushort> AwaitingPubComp => _awaitingPubComp.Ids;

    public bool IsInUse(PacketId id) => IsInFlight(id) || _reserved.Contains(id);

    public bool IsReserved(PacketId id) => _reserved.Contains(id);

    /// <summary>Whether a message with this identifier was sent on this connection or is past PUBREC.</summary>
    public bool IsInFlight(PacketId id) =>
        _awaitingPubAck.Contains(id) || _awaitingPubRec.Contains(id) || _awaitingPubComp.Contains(id) || _releases.Contains(id);

    public void Add(PacketId id, MqttQos qos)
    {
        _reserved.Remove(id);
        if (qos == MqttQos.ExactlyOnce)
        {
            _awaitingPubRec.Add(id);
        }
        else
        {
            _awaitingPubAck.Add(id);
        }
    }

    public bool TryAcknowledge(PacketId id) => _awaitingPubAck.Remove(id);

    /// <summary>Takes a PUBREC; on success the identifier waits for the owner's release. False when none was expected.</summary>
    public bool TryReceive(PacketId id, bool failed)
    {
        if (!_awaitingPubRec.Remove(id))
        {
            return false;
        }

        if (!failed)
        {
            _releases.Enqueue(id);
        }

        return true;
    }

    public bool IsAwaitingRelease(PacketId id) => _releases.Contains(id);

    public bool IsAwaitingPubComp(PacketId id) => _awaitingPubComp.Contains(id);

    /// <summary>Notes the owner's release; false when none was expected.</summary>
    public bool Release(PacketId id) => _releases.Complete(id, MqttReasonCode.Success, null);

    /// <summary>The next PUBREL to send, in the order of the PUBRECs. [MQTT-4.6.0-4]</summary>
    public bool TryNextRelease(out PacketId id)
    {
        bool found = _releases.TryDequeue(out AcknowledgementQueue.Entry entry);
        id = entry.PacketId;
        if (found)
        {
            _awaitingPubComp.Add(id);
        }

        return found;
    }

    public bool TryComplete(PacketId id) => _awaitingPubComp.Remove(id);

    public bool Abandon(PacketId id) => _reserved.Remove(id);

    public void Restore(ReadOnlySpan<ushort> awaitingPubComp, ReadOnlySpan<ushort> unacknowledged)
    {
        _awaitingPubComp.Restore(awaitingPubComp);
        foreach (ushort id in unacknowledged)
        {
            if (id != 0 && !IsInUse(new PacketId(id)))
            {
                _reserved.Add(new PacketId(id));
            }
        }
    }

    public ushort[] ExportUnacknowledged()
    {
        List<ushort> ids = [.. _reserved.Ids, .. _awaitingPubAck.Ids, .. _awaitingPubRec.Ids];
        _releases.CopyIds(ids);
        return [.. ids];
    }
}
