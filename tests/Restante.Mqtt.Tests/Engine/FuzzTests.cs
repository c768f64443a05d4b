using System.Globalization;
using Restante.Mqtt.Packets;
using Restante.Mqtt.Tests.Wire;

namespace Restante.Mqtt.Tests.Engine;

/// <summary>
/// Random and damaged packets into decoders and connections: violations and nothing else, with bounded memory. The number of
/// rounds comes from RESTANTE_FUZZ_ITERATIONS; round n is the same every time.
/// </summary>
public sealed class FuzzTests
{
    private const long AllowedBytesPerRound = 512 * 1024;

    private static int Iterations =>
        int.TryParse(Environment.GetEnvironmentVariable("RESTANTE_FUZZ_ITERATIONS"), CultureInfo.InvariantCulture, out int value) ? value : 20_000;

    [Fact]
    public void Decoders_throw_violations_and_nothing_else()
    {
        for (int seed = 0; seed < Iterations; seed++)
        {
            Random random = new(seed);
            PacketVector vector = Vectors.All[random.Next(Vectors.All.Count)];
            byte[] bytes = Damage(random, vector.Bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                if (bytes.Length > 1)
                {
                    Codec.VectorTests.Decode(vector.Version, vector.Receiver, bytes[0], bytes.AsSpan(random.Next(1, Math.Min(bytes.Length, 3))));
                }
            }
            catch (MqttProtocolException)
            {
                // What a decoder may throw.
            }
            catch (Exception e)
            {
                Assert.Fail($"Round {seed}, {vector.Name} as {Bytes.Hex(bytes)}: {e}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytesPerRound);
        }
    }

    [Theory]
    [InlineData(MqttRole.Server)]
    [InlineData(MqttRole.Client)]
    public void Connections_end_orderly_whatever_comes(MqttRole role)
    {
        for (int seed = 0; seed < Iterations; seed++)
        {
            Random random = new(seed);
            MqttVersion version = random.Next(2) == 0 ? MqttVersion.V311 : MqttVersion.V500;
            Peer peer = Begin(random, role, version);
            List<byte> kept = [];
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                for (int step = 0; step < 12 && !peer.Connection.IsClosed; step++)
                {
                    Step(random, peer, kept, role, version, step);
                }
            }
            catch (Exception e)
            {
                Assert.Fail($"Round {seed}, {role}: {e}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytesPerRound);
            Assert.Equal(peer.Connection.IsClosed, peer.Handler.Closed is not null);
            Assert.InRange(peer.Connection.MinimumBytesNeeded, 0, Peer.TestSettings.MaximumPacketSize);
        }
    }

    private static Peer Begin(Random random, MqttRole role, MqttVersion version)
    {
        if (random.Next(3) == 0)
        {
            Peer raw = new(role) { Handler = { AcceptWith = MqttConnAckOptions.Default } };
            if (role == MqttRole.Client)
            {
                raw.Connection.Connect(new MqttConnectOptions { ClientId = "c", Version = version });
            }

            return raw;
        }

        Peer peer = role == MqttRole.Server ? Peer.ServerAccepted(version, keepAlive: 10) : Peer.ClientAccepted(version);
        peer.Handler.AcknowledgeAtOnce = random.Next(2) == 0;
        peer.Handler.ReleaseAtOnce = random.Next(2) == 0;
        peer.Send("t", "", MqttQos.AtLeastOnce);
        peer.Send("t", "", MqttQos.ExactlyOnce);
        if (role == MqttRole.Client)
        {
            peer.Connection.Subscribe([new MqttSubscription("a")]);
        }

        return peer;
    }

    private static void Step(Random random, Peer peer, List<byte> kept, MqttRole role, MqttVersion version, int step)
    {
        PacketVector vector;
        do
        {
            vector = Vectors.All[random.Next(Vectors.All.Count)];
        }
        while (vector.Receiver != role || vector.Version != version);
        kept.AddRange(random.Next(3) == 0 ? Damage(random, vector.Bytes) : vector.Bytes);
        byte[] bytes = [.. kept];
        int consumed = peer.Connection.Receive(bytes, step * 500);
        Assert.InRange(consumed, 0, bytes.Length);
        kept.RemoveRange(0, consumed);
        PacketId id = new((ushort)random.Next(12));
        peer.Connection.AcknowledgePublish(id, random.Next(2) == 0 ? MqttReasonCode.Success : MqttReasonCode.NotAuthorized, "why");
        peer.Connection.ReleaseOutgoing(id);
        if (role == MqttRole.Server)
        {
            Answer(peer, id);
        }

        peer.Connection.Tick(step * 500);
    }

    private static void Answer(Peer peer, PacketId id)
    {
        try
        {
            peer.Connection.AcknowledgeSubscribe(id, [MqttReasonCode.Success]);
            peer.Connection.AcknowledgeUnsubscribe(id, [MqttReasonCode.Success]);
        }
        catch (ArgumentException)
        {
            // A request with more than one filter: the owner's count would be wrong.
        }
    }

    private static byte[] Damage(Random random, byte[] bytes)
    {
        List<byte> result = [.. bytes];
        int changes = random.Next(1, 5);
        for (int i = 0; i < changes; i++)
        {
            int at = random.Next(result.Count + 1);
            switch (random.Next(5))
            {
                case 0 when result.Count > at:
                    result[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when result.Count > at:
                    result[at] = (byte)random.Next(256);
                    break;
                case 2:
                    result.Insert(at, (byte)random.Next(256));
                    break;
                case 3 when result.Count > at && result.Count > 1:
                    result.RemoveAt(at);
                    break;
                case 4:
                    byte[] noise = new byte[random.Next(20)];
                    random.NextBytes(noise);
                    result.InsertRange(at, noise);
                    break;
            }
        }

        return [.. result];
    }
}
