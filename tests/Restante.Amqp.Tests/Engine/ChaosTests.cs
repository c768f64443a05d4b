using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Tests.Types;

namespace Restante.Amqp.Tests.Engine;

/// <summary>Two engines whose owners begin, attach, send, detach and end at random, with bytes under way in both directions.
/// Whatever the order, two engines that keep the rules never accuse each other, and every link and session ends once.</summary>
public sealed class ChaosTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Engines_that_keep_the_rules_never_accuse_each_other(int seed)
    {
        var random = new Random(seed);
        AmqpSettings settings = ScriptedPeer.Settings() with { MaxFrameSize = 512, IncomingWindow = (uint)random.Next(2, 20), ChannelMax = 2, HandleMax = 3, MaxIncompleteBytes = 100_000 };
        var pair = new EnginePair(settings, settings);
        foreach (RecordingHandler handler in (RecordingHandler[])[pair.ClientHandler, pair.ServerHandler])
        {
            handler.InitialCredit = 3;
            handler.Delivered = (link, number) => Perhaps(random, () => link.Settle(number, Accepted.Instance));
            handler.Flowed = link => Perhaps(random, () => Send(random, link));
        }

        pair.Pump();
        int names = 0;
        var links = new List<AmqpLink>();
        var sessions = new List<AmqpSession>();
        for (int step = 0; step < 2_000; step++)
            Step(random, pair, links, sessions, ref names);
        pair.Pump();
        pair.Client.Close();
        pair.Pump();

        foreach (RecordingHandler handler in (RecordingHandler[])[pair.ClientHandler, pair.ServerHandler])
        {
            Assert.All(handler.Events, entry => Assert.DoesNotContain("amqp:", entry, StringComparison.Ordinal));
            Assert.StartsWith("closed  ", handler.Events[^1], StringComparison.Ordinal);
            Assert.Equal(
                handler.Events.Count(entry => entry.StartsWith("begun", StringComparison.Ordinal)),
                handler.Sessions.Count);
        }

        Assert.All(links.Concat(pair.ServerHandler.Links), link => Assert.Equal(0, link.UnsettledCount));
        Assert.Equal(links.Count, Count(pair.ClientHandler, "detached"));
        Assert.Equal(pair.ServerHandler.Links.Count, Count(pair.ServerHandler, "detached"));
        Assert.Equal(sessions.Count, Count(pair.ClientHandler, "ended"));
        Assert.Equal(pair.ServerHandler.Sessions.Count, Count(pair.ServerHandler, "ended"));
        Assert.Equal(0, pair.Client.IncompleteBytes + pair.Server.IncompleteBytes);
    }

    private static int Count(RecordingHandler handler, string what) =>
        handler.Events.Count(entry => entry.StartsWith(what, StringComparison.Ordinal));

    private static void Step(Random random, EnginePair pair, List<AmqpLink> links, List<AmqpSession> sessions, ref int names)
    {
        switch (random.Next(20))
        {
            case 0:
                if (pair.Client.BeginSession() is { } session)
                    sessions.Add(session);
                break;
            case 1 or 2 when sessions.Count > 0:
                bool isSender = random.Next(2) == 0;
                AmqpLink? attached = sessions[random.Next(sessions.Count)].Attach(new LinkSettings
                {
                    Name = $"l{names++}",
                    IsSender = isSender,
                    Source = new Source { Address = "a" },
                    Target = new Target { Address = "b" },
                    ReceiverSettleMode = (ReceiverSettleMode)random.Next(2),
                });
                if (attached is not null)
                    links.Add(attached);
                if (attached is { IsSender: false })
                    attached.SetCredit(3);
                break;
            case 3 when links.Count > 0:
                Pick(random, links, pair).Detach(closed: random.Next(2) == 0);
                break;
            case 4 when random.Next(8) == 0 && sessions.Count > 0:
                (random.Next(2) == 0 ? sessions[random.Next(sessions.Count)] : pair.ServerHandler.Sessions.LastOrDefault())?.End();
                break;
            case 5 or 6 or 7 or 8 when links.Count > 0:
                Send(random, Pick(random, links, pair));
                break;
            case 9 when links.Count > 0:
                AmqpLink receiver = Pick(random, links, pair);
                if (!receiver.IsSender)
                    receiver.SetCredit((uint)random.Next(6), drain: random.Next(4) == 0, echo: random.Next(4) == 0);
                break;
            case 10 when links.Count > 0:
                AmqpLink aborting = Pick(random, links, pair);
                if (!aborting.AbortHeld())
                    aborting.Drained();
                break;
            case < 16:
                pair.ToServer(random.Next(1, 900));
                break;
            default:
                pair.ToClient(random.Next(1, 900));
                break;
        }
    }

    private static AmqpLink Pick(Random random, List<AmqpLink> links, EnginePair pair)
    {
        List<AmqpLink> side = random.Next(2) == 0 && pair.ServerHandler.Links.Count > 0 ? pair.ServerHandler.Links : links;
        return side[Math.Max(side.Count - 1 - random.Next(6), 0)];
    }

    private static void Send(Random random, AmqpLink link)
    {
        if (link.IsSender)
            link.Send([1], RandomValues.Bytes(random, random.Next(3) == 0 ? random.Next(3_000) : 20), settled: random.Next(2) == 0);
    }

    private static void Perhaps(Random random, Action act)
    {
        if (random.Next(3) > 0)
            act();
    }
}
