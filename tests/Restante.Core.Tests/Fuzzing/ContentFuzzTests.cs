using Restante.Core.Messages;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Core.Tests.Fuzzing;

/// <summary>The form in which messages are kept: what was written is read, what is damaged is refused as such.</summary>
public sealed class ContentFuzzTests
{
    [Fact]
    public void Whatever_is_written_is_read_back() => FuzzRounds.Run(FuzzRounds.Of(2_000), random => random.Next(), seed =>
    {
        ContentFields written = ContentFields.Make(new Random(seed));
        byte[] content = written.Write();
        Assert.Equal(written.Shown(), ContentFields.Read(content).Shown());
        Assert.True(ContentReader.BodyOf(content).SequenceEqual(written.Body));
        MessageContent decoded = MessageContent.Decode(content);
        Assert.True(decoded.Body.Span.SequenceEqual(written.Body));
        Assert.Equal(written.Fields.Count(f => f.Field == ContentField.Property), decoded.Properties.Count);
    });

    [Fact]
    public void What_is_damaged_is_refused_as_damaged() => FuzzRounds.Run(
        FuzzRounds.Of(5_000),
        random => Damage.Bytes(random, [ContentFields.Make(random).Write(), ContentFields.Make(random).Write()]),
        bytes =>
        {
            bool isWhole = TryRead(() => ContentFields.Read(bytes));
            Assert.Equal(isWhole, TryRead(() => MessageContent.Decode(bytes)));
            Assert.Equal(isWhole, TryRead(() => ContentReader.BodyOf(bytes)));
        });

    private static bool TryRead(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
