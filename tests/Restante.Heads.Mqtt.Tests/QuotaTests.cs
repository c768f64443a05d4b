using System.Text;
using Restante.Core.Limits;
using Restante.Core.Streams;
using Restante.Heads.Mqtt.Tests.Peers;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Tests;

/// <summary>A device beyond its quota is not read for a while: it is refused nothing, and nothing is lost.</summary>
public sealed class QuotaTests
{
    private static readonly GatewayLimits s_four = new() { MaxMessagesPerSecondPerDevice = 4, QuotaBurstMs = 1_000 };

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task A_flood_is_held_to_the_rate_and_a_neighbour_goes_on(MqttVersion version)
    {
        var time = new HandTime();
        await using var post = new Post(time: time, limits: s_four);
        Device truck = await post.ConnectAsync(version);
        Device turbine = await post.ConnectAsync(version, "turbine", "c2");
        for (int i = 0; i < 10; i++)
            await truck.PublishAsync("telemetry", $"{i}", MqttQos.AtMostOnce);
        for (int i = 0; i < 4; i++)
        {
            await turbine.PublishAsync("telemetry", "x", MqttQos.AtLeastOnce);
            Assert.Equal(MqttReasonCode.Success, (await turbine.NextAsync<Answer>()).Code);
        }

        Assert.Equal(4, Of(await post.TelemetryAsync(8)).Count);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(8, Of(await post.TelemetryAsync(12)).Count);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 10).Select(static i => $"{i}"), Of(await post.TelemetryAsync(14)));
    }

    [Fact]
    public async Task What_a_field_gateway_publishes_for_others_is_held_to_its_rate()
    {
        var time = new HandTime();
        await using var post = new Post(time: time, limits: s_four);
        await post.GrantAsync("truck", "sensor");
        Device truck = await post.ConnectAsync();
        for (int i = 0; i < 6; i++)
        {
            await truck.PublishAsync("devices/sensor/telemetry", $"{i}", MqttQos.AtLeastOnce);
            if (i < 4)
                Assert.Equal(MqttReasonCode.Success, (await truck.NextAsync<Answer>()).Code);
        }

        Assert.Equal(4, (await post.TelemetryAsync(4)).Count);
        Assert.False(truck.HasNews);
        time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 4; i < 6; i++)
            Assert.Equal(MqttReasonCode.Success, (await truck.NextAsync<Answer>()).Code);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V500)]
    public async Task Requests_for_the_state_are_held_to_the_rate_too(MqttVersion version)
    {
        var time = new HandTime();
        await using var post = new Post(time: time, limits: s_four);
        Device truck = await post.ConnectAsync(version);
        await truck.SubscribeAsync("state/document", MqttQos.AtMostOnce);
        for (int i = 0; i < 6; i++)
            await truck.PublishAsync("state/get", "");
        for (int i = 0; i < 4; i++)
            await AnsweredAsync();
        await post.AdvanceAsync(time, TimeSpan.FromMilliseconds(100));
        Assert.False(truck.HasNews);
        await post.AdvanceAsync(time, TimeSpan.FromSeconds(1));
        for (int i = 4; i < 6; i++)
            await AnsweredAsync();

        async Task AnsweredAsync()
        {
            await truck.NextAsync<Mail>();
            Assert.Equal(MqttReasonCode.Success, (await truck.NextAsync<Answer>()).Code);
        }
    }

    private static List<string> Of(IReadOnlyList<StreamRecord> records) =>
        [.. records.Where(static r => r.Source == "truck").Select(static r => Encoding.UTF8.GetString(Post.ContentOf(r).Body.Span))];
}
