using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Tests.Types;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Engine;

/// <summary>Two engines, wired back to back, under random orders of what owners and the transport may do.</summary>
public sealed class BackToBackTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_message_arrives_once_whole_and_in_order(int seed)
    {
        var random = new Random(seed);
        AmqpSettings settings = ScriptedPeer.Settings() with
        {
            MaxFrameSize = 512,
            IncomingWindow = (uint)random.Next(2, 40),
            MaxUnsettledIncoming = random.Next(1, 30),
            MaxUnsettledOutgoing = random.Next(1, 30),
        };
        var run = new Run(random, settings, clientSends: seed % 2 == 0, (SenderSettleMode)random.Next(3), (ReceiverSettleMode)random.Next(2));

        for (int step = 0; step < 3_000; step++)
            run.Step();
        run.Settle();

        Assert.Equal(run.SentPayloads, run.Receiver.Payloads);
        Assert.NotEmpty(run.SentPayloads);
        Assert.Equal(0, run.From.UnsettledCount);
        Assert.Equal(0, run.To.UnsettledCount);
        Assert.Equal(run.UnsettledSent, run.Settled.Count);
        Assert.Equal(run.Settled.Count, run.Settled.Distinct().Count());
        Assert.All(run.Pair.ClientHandler.Events.Concat(run.Pair.ServerHandler.Events), entry => Assert.DoesNotContain("amqp:", entry, StringComparison.Ordinal));
        Assert.Equal(0, run.Pair.Client.IncompleteBytes + run.Pair.Server.IncompleteBytes);
    }

    private sealed class Run
    {
        private readonly Random _random;
        private readonly List<DeliveryNumber> _waiting = [];
        private long _next;

        internal Run(Random random, AmqpSettings settings, bool clientSends, SenderSettleMode senderMode, ReceiverSettleMode receiverMode)
        {
            _random = random;
            (Pair, AmqpLink client, AmqpLink server) = EnginePair.Linked(clientSends, settings, new LinkSettings
            {
                Name = "l",
                IsSender = clientSends,
                Source = new Source { Address = "a" },
                Target = new Target { Address = "b" },
                SenderSettleMode = senderMode,
                ReceiverSettleMode = receiverMode,
            });
            (From, To) = clientSends ? (client, server) : (server, client);
            Receiver = clientSends ? Pair.ServerHandler : Pair.ClientHandler;
            RecordingHandler sender = clientSends ? Pair.ClientHandler : Pair.ServerHandler;
            Receiver.Delivered = (_, number) => _waiting.Add(number);
            sender.Disposed = (link, number, state, settled) =>
            {
                if (!settled)
                    Assert.True(link.Settle(number, state));
                Settled.Add(sender.Dispositions[^1].Context.Number);
            };
        }

        internal EnginePair Pair { get; }

        internal AmqpLink From { get; }

        internal AmqpLink To { get; }

        internal RecordingHandler Receiver { get; }

        internal List<byte[]> SentPayloads { get; } = [];

        internal int UnsettledSent { get; private set; }

        internal List<long> Settled { get; } = [];

        internal void Step()
        {
            switch (_random.Next(8))
            {
                case 0 or 1:
                    Send();
                    break;
                case 2:
                    To.SetCredit((uint)_random.Next(12), drain: _random.Next(5) == 0, echo: _random.Next(5) == 0);
                    break;
                case 3:
                    SettleSome();
                    break;
                case 4:
                    if (From.IsDraining && From.CanSend && _random.Next(2) == 0)
                        From.Drained();
                    break;
                case 5 or 6:
                    Pair.ToServer(_random.Next(1, 700));
                    break;
                default:
                    Pair.ToClient(_random.Next(1, 700));
                    break;
            }
        }

        /// <summary>Brings everything to rest.</summary>
        internal void Settle()
        {
            for (int i = 0; i < 200; i++)
            {
                Pair.Pump();
                To.SetCredit(5);
                Pair.Pump();
                if (SentPayloads.Count == 0)
                    Send();
                while (_waiting.Count > 0)
                    SettleSome();
            }

            Pair.Pump();
        }

        private void Send()
        {
            byte[] payload = RandomValues.Bytes(_random, _random.Next(4) == 0 ? _random.Next(5_000) : _random.Next(60));
            uint credit = From.Credit;
            SendResult result = From.Send([(byte)_next], payload, settled: _random.Next(3) == 0, new DeliveryContext(null, _next));
            Assert.Equal(result.IsSent ? credit - 1 : credit, From.Credit);
            if (!result.IsSent)
                return;
            _next++;
            SentPayloads.Add(payload);
            if (!result.IsSettled)
                UnsettledSent++;
        }

        private void SettleSome()
        {
            if (_waiting.Count == 0)
                return;
            int count = _random.Next(1, _waiting.Count + 1);
            DeliveryNumber first = _waiting[0];
            DeliveryNumber last = _waiting[count - 1];
            _waiting.RemoveRange(0, count);
            if (count == 1)
                To.Settle(first, Accepted.Instance);
            else
                To.Disposition(first, last, _random.Next(2) == 0 ? Accepted.Instance : Released.Instance, settled: true);
        }
    }
}
