using System.Buffers;
using Restante.Heads.Mqtt.Messages;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Connections;

/// <summary>Publishes to <c>telemetry</c>: stored first, acknowledged then.</summary>
internal static class TelemetryFlow
{
    public static void Publish(DeviceConnection owner, in PublishPacket packet, in PublishTopic topic)
    {
        if (owner.TakeContent(packet, topic.Bag) is not ArrayBufferWriter<byte> content)
            return;
        owner.AnswerAs(
            packet, topic.Child, content.WrittenMemory, owner.ChannelOf(topic.Channel),
            static (gateway, device, bytes, channel) => gateway.Telemetry.PublishAsync(device, channel, bytes));
        ContentBuffer.Return(content);
    }
}
