using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Flows;

/// <summary>QoS 1 and 2 messages of the peer that are not finished. [MQTT 5 §4.3]</summary>
internal sealed class IncomingFlows
{
    private AcknowledgementQueue _pubAcks;
    private AcknowledgementQueue _pubRecs;
    private PacketIdSet _unreleased;

    /// <summary>Messages the owner has not answered, or whose answer waits for an older one.</summary>
    public int WaitingForOwner => _pubAcks.Count + _pubRecs.Count;

    /// <summary>QoS 2 messages whose PUBREL is outstanding.</summary>
    public int Unreleased => _unreleased.Count;

    /// <summary>QoS 2 messages that will wait for a PUBREL, or do.</summary>
    public int UnreleasedToBe => _pubRecs.Count + _unreleased.Count;

    /// <summary>
    /// Messages received on this connection that are not finished: what the receive maximum counts. Restored flows are not counted, and
    /// the end of one makes room for one more message, as the sender's quota does; like that one it goes no further than where it began.
    /// [MQTT 5 §4.9]
    /// </summary>
    public int Unfinished { get; private set; }

    public bool IsEmpty => WaitingForOwner == 0 && Unreleased == 0;

    public bool IsInUse(PacketId id) => _pubAcks.Contains(id) || _pubRecs.Contains(id) || _unreleased.Contains(id);

    public Admission Admit(PacketId id, MqttQos qos, bool duplicate)
    {
        if (qos == MqttQos.ExactlyOnce)
        {
            if (_unreleased.Contains(id))
            {
                return Admission.RepeatedAfterPubRec;
            }

            if (_pubRecs.Contains(id))
            {
                return duplicate ? Admission.Repeated : Admission.IdentifierInUse;
            }

            return _pubAcks.Contains(id) ? Admission.IdentifierInUse : Admission.New;
        }

        if (_pubAcks.Contains(id))
        {
            return duplicate ? Admission.Repeated : Admission.IdentifierInUse;
        }

        return _pubRecs.Contains(id) || _unreleased.Contains(id) ? Admission.IdentifierInUse : Admission.New;
    }

    public void Add(PacketId id, MqttQos qos)
    {
        Unfinished++;
        if (qos == MqttQos.ExactlyOnce)
        {
            _pubRecs.Enqueue(id);
        }
        else
        {
            _pubAcks.Enqueue(id);
        }
    }

    /// <summary>Notes the owner's answer; false when no message waits for it.</summary>
    public bool Complete(PacketId id, MqttReasonCode code, string? reasonString) =>
        _pubAcks.Complete(id, code, reasonString) || _pubRecs.Complete(id, code, reasonString);

    /// <summary>The next PUBACK to send, in order.</summary>
    public bool TryNextPubAck(out AcknowledgementQueue.Entry entry)
    {
        bool found = _pubAcks.TryDequeue(out entry);
        if (found)
        {
            Finish();
        }

        return found;
    }

    /// <summary>The next PUBREC to send, in order; with success the identifier then waits for PUBREL.</summary>
    public bool TryNextPubRec(out AcknowledgementQueue.Entry entry)
    {
        bool found = _pubRecs.TryDequeue(out entry);
        if (found && entry.Code >= MqttReasonCode.UnspecifiedError)
        {
            Finish();
        }
        else if (found)
        {
            _unreleased.Add(entry.PacketId);
        }

        return found;
    }

    /// <summary>Takes a PUBREL; false when the identifier does not wait for one.</summary>
    public bool TryRelease(PacketId id)
    {
        if (!_unreleased.Remove(id))
        {
            return false;
        }

        Finish();
        return true;
    }

    public bool IsWaitingForPubRec(PacketId id) => _pubRecs.Contains(id);

    public void Restore(ReadOnlySpan<ushort> unreleased) => _unreleased.Restore(unreleased);

    /// <summary>The QoS 2 identifiers whose messages the owner has taken.</summary>
    public ushort[] Export()
    {
        List<ushort> ids = [.. _unreleased.Ids];
        _pubRecs.CopyAcceptedIds(ids);
        return [.. ids];
    }

    private void Finish() => Unfinished = Math.Max(0, Unfinished - 1);
}
