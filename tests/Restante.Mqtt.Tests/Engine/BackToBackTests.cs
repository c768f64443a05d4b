namespace Restante.Mqtt.Tests.Engine;

/// <summary>
/// A client and a server connection joined by two pipes, under random operations: every flow completes exactly once, receive maxima hold,
/// and over lost connections QoS 2 arrives exactly once and QoS 1 at least once.
/// </summary>
public sealed class BackToBackTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 120)];

    [Theory]
    [Spec("MQTT5-4.3.1-1", "MQTT5-4.3.2-1", "MQTT5-4.3.3-1", "MQTT5-4.6.0-1", "MQTT5-4.6.0-5", "MQTT5-4.5.0-2", "MQTT3-4.5.0-2")]
    [MemberData(nameof(Seeds))]
    public void Every_message_arrives_and_completes_exactly_once(int seed)
    {
        Conversation conversation = new(seed, losses: false);
        conversation.Run(steps: 400);
        conversation.Finish();
        conversation.Client.CheckAllArrivedAt(conversation.Server, exactlyOnce: true);
        conversation.Server.CheckAllArrivedAt(conversation.Client, exactlyOnce: true);
        conversation.Client.CheckOrderOf(conversation.Server);
        conversation.Server.CheckOrderOf(conversation.Client);
    }

    [Theory]
    [Spec("MQTT5-4.4.0-1", "MQTT5-4.3.3-6", "MQTT5-4.3.3-12", "MQTT3-4.4.0-1")]
    [MemberData(nameof(Seeds))]
    public void Sessions_survive_lost_connections(int seed)
    {
        Conversation conversation = new(seed, losses: true);
        conversation.Run(steps: 400);
        conversation.Finish();
        conversation.Client.CheckAllArrivedAt(conversation.Server, exactlyOnce: false);
        conversation.Server.CheckAllArrivedAt(conversation.Client, exactlyOnce: false);
    }

    [Fact]
    public void The_generator_reaches_what_it_is_meant_to()
    {
        int lost = 0;
        int resent = 0;
        int blocked = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            Conversation conversation = new(seed, losses: true);
            conversation.Run(steps: 400);
            lost += conversation.Losses;
            resent += conversation.Client.Resent + conversation.Server.Resent;
            blocked += conversation.Client.Blocked + conversation.Server.Blocked;
        }

        Assert.True(lost > 100 && resent > 100 && blocked > 20, $"{lost} losses, {resent} sent again, {blocked} blocked");
    }
}
