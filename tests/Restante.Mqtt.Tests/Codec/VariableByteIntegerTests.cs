using Restante.Mqtt.Codec;
using Restante.Mqtt.Packets;

namespace Restante.Mqtt.Tests.Codec;

public sealed class VariableByteIntegerTests
{
    [Theory]
    [Spec("MQTT5-1.5.5-1")]
    [InlineData(0, "00")]
    [InlineData(127, "7F")]
    [InlineData(128, "8001")]
    [InlineData(16_383, "FF7F")]
    [InlineData(16_384, "808001")]
    [InlineData(2_097_151, "FFFF7F")]
    [InlineData(2_097_152, "80808001")]
    [InlineData(268_435_455, "FFFFFF7F")]
    public void Limits_of_every_length_are_written_and_read(uint value, string hex)
    {
        byte[] target = new byte[4];
        PacketWriter writer = new(target);
        writer.WriteVariableByteInteger(value);
        Assert.Equal(hex, Convert.ToHexString(target.AsSpan(0, writer.Position)));
        PacketReader reader = new(Convert.FromHexString(hex));
        Assert.Equal(value, reader.ReadVariableByteInteger());
        Assert.Equal(hex.Length / 2, VariableByteInteger.Length(value));
    }

    [Fact]
    [Spec("MQTT5-1.5.5-1")]
    public void Longer_forms_than_needed_are_malformed()
    {
        foreach (string hex in new[] { "8000", "FF8000", "80", "FFFFFFFF7F", "FFFFFF8000" })
        {
            MqttProtocolException violation = Assert.Throws<MqttProtocolException>(() =>
            {
                PacketReader reader = new(Convert.FromHexString(hex));
                reader.ReadVariableByteInteger();
            });
            Assert.Equal(MqttReasonCode.MalformedPacket, violation.ReasonCode);
        }
    }
}
