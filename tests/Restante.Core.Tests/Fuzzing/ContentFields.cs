using System.Buffers;
using System.Text;
using Restante.Core.Messages;
using Restante.Storage.Conformance.Fuzzing;

namespace Restante.Core.Tests.Fuzzing;

/// <summary>The content of a message taken apart, made by chance: every kind of value, text that is none included.</summary>
internal sealed class ContentFields
{
    public BodyKind BodyKind { get; private init; }

    public List<(ContentField Field, string Name, ValueKind Kind, byte[] Value)> Fields { get; } = [];

    public byte[] Body { get; private init; } = [];

    public static ContentFields Make(Random random)
    {
        var content = new ContentFields
        {
            BodyKind = (BodyKind)random.Next((int)BodyKind.AmqpEncoded + 1),
            Body = Damage.Noise(random, random.Next(40)),
        };
        for (int i = random.Next(6); i > 0; i--)
        {
            var field = (ContentField)random.Next(1, (int)ContentField.Property + 1);
            if (random.Next(2) == 0)
                field = ContentField.Property;
            var kind = (ValueKind)random.Next((int)ValueKind.Decimal128 + 1);
            byte[] value = Damage.Noise(random, kind.Width() ?? random.Next(random.Next(10) == 0 ? 6_000 : 20));
            if (kind is ValueKind.String or ValueKind.Symbol && random.Next(2) == 0)
                value = Encoding.UTF8.GetBytes(string.Concat(value.Select(b => b % 2 == 0 ? (char)b : 'a')));
            string name = field == ContentField.Property ? "abcé\U0001F69A"[..random.Next(4)] : "";
            content.Fields.Add((field, name, kind, value));
        }

        return content;
    }

    public byte[] Write()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new ContentWriter(output, BodyKind);
        foreach ((ContentField field, string name, ValueKind kind, byte[] value) in Fields)
        {
            if (field == ContentField.Property)
                writer.Property(name, kind, value);
            else
                writer.Raw(field, kind, value);
        }

        writer.Body(Body);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads content and looks at every value as text.</summary>
    public static ContentFields Read(ReadOnlySpan<byte> content)
    {
        var reader = new ContentReader(content);
        var fields = new List<(ContentField, string, ValueKind, byte[])>();
        while (reader.Read())
        {
            Assert.NotNull(reader.Value.AsText());
            fields.Add((reader.Field, reader.NameText, reader.Value.Kind, reader.Value.Bytes.ToArray()));
        }

        var read = new ContentFields { BodyKind = reader.BodyKind, Body = reader.Body.ToArray() };
        read.Fields.AddRange(fields);
        return read;
    }

    /// <summary>All of it as one text, to compare.</summary>
    public string Shown() => string.Join(
        '\n', Fields.Select(f =>
            $"{f.Field} {f.Name} {f.Kind} {Convert.ToHexString(f.Value)}").Append($"{BodyKind} {Convert.ToHexString(Body)}"));
}
