using System.Buffers;
using System.Text;
using Restante.Core.Refusals;
using Restante.Core.Telemetry;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>Publishes to <c>telemetry</c>: stored first, acknowledged then.</summary>
internal sealed class TelemetryFlow(DeviceConnection owner)
{
    private string? _lastChannel;

    // Kept for sessions only: whether a QoS 2 message was stored decides whether its repetition is one.
    private List<(PacketId Id, Task<Result<long>> Stored)>? _storing;

    /// <summary>QoS 2 messages that are being stored.</summary>
    public IReadOnlyList<(PacketId Id, Task<Result<long>> Stored)> Storing => _storing ?? [];

    public void Publish(in PublishPacket packet, in PublishTopic topic)
    {
        if (owner.TakeContent(packet, topic.Bag) is not ArrayBufferWriter<byte> content)
            return;
        int bytes = content.WrittenCount;
        ValueTask<Result<long>> storing = StoreAsync(packet, ChannelOf(topic.Channel), content.WrittenMemory);
        ContentBuffer.Return(content);
        owner.BeginCommit(bytes);
        owner.Await(
            storing, (Flow: this, packet.PacketId, packet.Qos, Bytes: bytes), static (result, work) => work.Flow.Stored(result, work.PacketId, work.Qos, work.Bytes));
    }

    private ValueTask<Result<long>> StoreAsync(in PublishPacket packet, string? channel, ReadOnlyMemory<byte> content)
    {
        if (packet.Qos != MqttQos.ExactlyOnce || owner.SessionExpirySeconds == 0)
            return owner.Head.Gateway.Telemetry.PublishAsync(owner.Principal!, channel, content);
        Task<Result<long>> task = owner.Head.Gateway.Telemetry.PublishAsync(owner.Principal!, channel, content).AsTask();
        (_storing ??= []).Add((packet.PacketId, task));
        return new ValueTask<Result<long>>(task);
    }

    private void Stored(Result<long> result, PacketId id, MqttQos qos, int bytes)
    {
        if (_storing is not null && qos == MqttQos.ExactlyOnce)
        {
            _storing.RemoveAll(entry => entry.Id == id);
            if (_storing.Count == 0)
                _storing = null;
        }

        if (result.Refusal is Refusal refusal)
            owner.RefusePublish(id, qos, refusal);
        else
            owner.ConfirmPublish(id, qos);
        owner.EndCommit(bytes);
    }

    // A device has few channels: the text of the last one is made once.
    private string? ChannelOf(ReadOnlySpan<byte> channel)
    {
        if (channel.IsEmpty)
            return null;
        if (_lastChannel is not null && Ascii.Equals(channel, _lastChannel))
            return _lastChannel;
        string text = Encoding.UTF8.GetString(channel);
        if (ChannelNames.IsValid(text))
            _lastChannel = text;
        return text;
    }
}
