using System.Buffers;
using System.Globalization;
using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Tests.Engine;
using Restante.Amqp.Tests.Messaging;
using Restante.Amqp.Tests.Peers;
using Restante.Amqp.Tests.Types;
using Restante.Amqp.Types;

namespace Restante.Amqp.Tests.Fuzzing;

/// <summary>Random and mutated bytes into every decoder: no exception but the violation, no large allocation, no hang. The
/// seed of a failure is in its message; RESTANTE_FUZZ_ITERATIONS sets how many inputs each test tries.</summary>
public sealed class DecoderFuzzTests
{
    private const int AllocationLimit = 2 * 1024 * 1024;

    private static readonly int Iterations =
        int.TryParse(Environment.GetEnvironmentVariable("RESTANTE_FUZZ_ITERATIONS"), CultureInfo.InvariantCulture, out int wanted) ? wanted : 20_000;

    private static readonly byte[][] ValueCorpus =
        [.. ValueVectors.Valid.Select(vector => Wire.Hex(vector.Hex)), .. ValueVectors.Invalid.Select(vector => Wire.Hex(vector.Hex))];

    private static readonly byte[][] MessageCorpus = [MessageTests.Full().Encode(), AmqpMessage.FromValue(new AmqpMap { { "k", 1 } }).Encode(), .. ValueCorpus];

    private static readonly byte[][] FrameCorpus =
    [
        Wire.Begin(channel: 1),
        Wire.AttachSender("a", 1),
        Wire.AttachReceiver("b", 2),
        Wire.Flow(handle: 0, deliveryCount: 0, credit: 10),
        Wire.Transfer([1, 2, 3], id: 1, more: true),
        Wire.Transfer([1, 2, 3], id: 0),
        Wire.Transfer([], id: null, aborted: true),
        Wire.Disposition(true, 0, 100, state: Wire.Accepted),
        Wire.Disposition(false, 0, 100, state: Wire.Described(0x25, Wire.List(Wire.Error("amqp:not-found")))),
        Wire.Detach(0, condition: "amqp:link:stolen"),
        Wire.End(condition: "amqp:internal-error"),
        Wire.Close(),
        .. ViolationTests.AllBytes,
    ];

    [Fact]
    public void Values() => Try(ValueCorpus, bytes =>
    {
        var reader = new AmqpReader(bytes);
        reader.ReadValue();
        new AmqpReader(bytes).Skip();
    });

    [Fact]
    public void MessagesInEveryReader() => Try(MessageCorpus, bytes => MessageTests.Touch(bytes));

    [Fact]
    public void FramesInASession() => Try(FrameCorpus, bytes =>
    {
        ScriptedPeer peer = ScriptedPeer.Sending();
        peer.Send(Wire.AttachReceiver("r", handle: 7), Wire.Flow(handle: 7, deliveryCount: 0, credit: 3));
        peer.Link.Send([1], [1], settled: false);
        peer.Send(bytes);
        peer.Send(Wire.Transfer([1], id: 7));
        peer.Connection.TransportClosed();
        Assert.Equal(0, peer.Connection.IncompleteBytes);
        Assert.StartsWith("closed", peer.Handler.Events[^1], StringComparison.Ordinal);
    });

    [Fact]
    public void Handshakes() => Try(
        [
            Wire.Join(Wire.SaslHeader, Wire.Sasl(0x41, Wire.Sym("PLAIN"), Wire.Bin(Encoding.UTF8.GetBytes("\0u\0p")), Wire.Str("h")), Wire.AmqpHeader, Wire.Open(), Wire.Begin()),
            Wire.Join(Wire.AmqpHeader, Wire.Open(idleMs: 5_000), Wire.Begin(), Wire.AttachSender("x"), Wire.Close()),
        ],
        bytes =>
        {
            var peer = new ScriptedPeer();
            peer.Send(bytes);
            peer.Connection.Tick(100_000);
            peer.Connection.TransportClosed();
        });

    [Fact]
    public void ServersAgainstAClient() => Try(
        [
            Wire.Join(Wire.SaslHeader, Wire.Sasl(0x40, Wire.Sym("ANONYMOUS")), Wire.Sasl(0x44, Wire.UByte(0)), Wire.AmqpHeader, Wire.Open(), Wire.Begin(remote: 0), Wire.Close()),
        ],
        bytes =>
        {
            var handler = new RecordingHandler();
            AmqpSettings settings = ScriptedPeer.Settings() with { SaslClient = Sasl.SaslClientResponse.Anonymous };
            var connection = new AmqpConnection(settings, AmqpRole.Client, handler, new ArrayBufferWriter<byte>());
            connection.Start(0);
            connection.Receive(bytes, 0);
            connection.TransportClosed();
        });

    private static void Try(byte[][] corpus, Action<byte[]> decode)
    {
        for (int seed = 0; seed < Iterations; seed++)
        {
            var random = new Random(seed);
            byte[] input = Mutate(random, corpus);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                decode(input);
            }
            catch (AmqpViolationException)
            {
                // The one exception that is allowed.
            }
            catch (Exception fault) when (fault is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {seed}, input {Convert.ToHexString(input)}: {fault}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < AllocationLimit, $"Seed {seed} made {allocated} bytes from {Convert.ToHexString(input)}");
        }
    }

    private static byte[] Mutate(Random random, byte[][] corpus)
    {
        if (random.Next(20) == 0)
            return RandomValues.Bytes(random, random.Next(100));
        List<byte> bytes = [.. corpus[random.Next(corpus.Length)]];
        if (random.Next(4) == 0)
            bytes.AddRange(corpus[random.Next(corpus.Length)]);
        for (int i = random.Next(4); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 4:
                    byte[] extremes = [0x00, 0x40, 0x45, 0x7f, 0x80, 0xc0, 0xd0, 0xe0, 0xf0, 0xff];
                    bytes[at] = extremes[random.Next(extremes.Length)];
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(bytes.Count - at));
                    break;
            }
        }

        return [.. bytes];
    }
}
