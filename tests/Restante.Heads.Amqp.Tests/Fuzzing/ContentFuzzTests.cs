using System.Buffers;
using Restante.Amqp;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Messages;
using Restante.Heads.Amqp.Messages;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Heads.Amqp.Tests.Fuzzing;

/// <summary>Messages with faults as the head takes them in and sends them on.</summary>
public sealed class ContentFuzzTests
{
    [Fact]
    public void Messages_are_taken_and_can_be_sent_on_or_are_refused() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Bytes(random, MessageFuzzTests.Examples),
        bytes =>
        {
            var content = new ArrayBufferWriter<byte>();
            if (!IsTaken(() => ContentFromAmqp.Write(new MessageReader(bytes), content, WishNames.None)))
                return;
            MessageContent.Decode(content.WrittenMemory);
            var sent = new ArrayBufferWriter<byte>();
            var writer = new MessageWriter(sent);
            ContentToAmqp.Write(content.WrittenSpan, ref writer, new Stamps { MessageId = "1" });

            // What goes on is whole, and means the same to who takes it in once more.
            AmqpMessage.Decode(sent.WrittenSpan, new DecodeLimits(MaxDepth: 64, MaxValues: 65_536));
            var again = new ArrayBufferWriter<byte>();
            ContentFromAmqp.Write(new MessageReader(sent.WrittenSpan), again, WishNames.None);
            Assert.True(ContentReader.BodyOf(content.WrittenSpan).SequenceEqual(ContentReader.BodyOf(again.WrittenSpan)));
        });

    private static bool IsTaken(Action take)
    {
        try
        {
            take();
            return true;
        }
        catch (Exception refused) when (refused is AmqpViolationException or FormatException)
        {
            return false;
        }
    }
}
