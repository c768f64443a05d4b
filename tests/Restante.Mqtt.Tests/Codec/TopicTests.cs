using System.Text;
using Restante.Mqtt.Topics;

namespace Restante.Mqtt.Tests.Codec;

public sealed class TopicTests
{
    [Theory]
    [Spec("MQTT5-4.7.1-1", "MQTT5-4.7.1-2", "MQTT5-4.7.3-1", "MQTT3-4.7.1-2", "MQTT3-4.7.1-3", "MQTT3-4.7.3-1")]
    [InlineData("a", true)]
    [InlineData("/", true)]
    [InlineData("#", true)]
    [InlineData("+", true)]
    [InlineData("a/#", true)]
    [InlineData("/#", true)]
    [InlineData("+/+/#", true)]
    [InlineData("a/+/b", true)]
    [InlineData("a b/c", true)]
    [InlineData("", false)]
    [InlineData("a#", false)]
    [InlineData("a/#/b", false)]
    [InlineData("##", false)]
    [InlineData("a+", false)]
    [InlineData("+a", false)]
    [InlineData("a/b+/c", false)]
    [InlineData("++", false)]
    [InlineData("+#", false)]
    public void Filters(string filter, bool valid) => Assert.Equal(valid, TopicFilter.IsValid(Encoding.UTF8.GetBytes(filter)));

    [Theory]
    [Spec("MQTT5-4.7.2-1", "MQTT5-4.7.3-4", "MQTT3-4.7.2-1", "MQTT3-4.7.3-4")]
    [InlineData("sport/tennis/#", "sport/tennis", true)]
    [InlineData("sport/tennis/#", "sport/tennis/a/b", true)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("sport/#", "sports", false)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("#", "$SYS/x", false)]
    [InlineData("+/x", "$SYS/x", false)]
    [InlineData("$SYS/#", "$SYS/x", true)]
    [InlineData("$SYS/+", "$SYS/x", true)]
    [InlineData("+", "a", true)]
    [InlineData("+", "a/b", false)]
    [InlineData("+/+", "/a", true)]
    [InlineData("/+", "/a", true)]
    [InlineData("+", "/a", false)]
    [InlineData("a/+/c", "a//c", true)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "A/b", false)]
    [InlineData("a/b", "a/b/", false)]
    [InlineData("a/b/", "a/b", false)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+/#", "a/b", true)]
    [InlineData("a/+/#", "a", false)]
    public void Matching(string filter, string topic, bool matches)
    {
        Assert.Equal(matches, TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)));
    }

    [Theory]
    [Spec("MQTT5-4.8.2-1", "MQTT5-4.8.2-2")]
    [InlineData("$share/group/a/#", "group", "a/#")]
    [InlineData("$share/g//", "g", "/")]
    [InlineData("$share//a", null, null)]
    [InlineData("$share/g", null, null)]
    [InlineData("$share/g/", null, null)]
    [InlineData("$share/g#/a", null, null)]
    [InlineData("$share/g/a#", null, null)]
    [InlineData("share/g/a", null, null)]
    public void Shared_subscriptions(string filter, string? name, string? inner)
    {
        bool parsed = TopicFilter.TryParseShared(Encoding.UTF8.GetBytes(filter), out ReadOnlySpan<byte> shareName, out ReadOnlySpan<byte> rest);
        Assert.Equal(name is not null, parsed);
        Assert.Equal(name ?? "", Encoding.UTF8.GetString(shareName));
        Assert.Equal(inner ?? "", Encoding.UTF8.GetString(rest));
    }

    [Theory]
    [Spec("MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-1.5.4-3", "MQTT3-1.5.3-1", "MQTT3-1.5.3-2", "MQTT3-1.5.3-3")]
    [InlineData("61C3A4", true)]
    [InlineData("F09F9A9A", true)]
    [InlineData("EFBBBF", true)]
    [InlineData("00", false)]
    [InlineData("6100", false)]
    [InlineData("EDA080", false)]
    [InlineData("C080", false)]
    [InlineData("F4908080", false)]
    [InlineData("E282", false)]
    [InlineData("FF", false)]
    public void Text(string hex, bool valid) => Assert.Equal(valid, MqttText.IsValid(Convert.FromHexString(hex)));
}
