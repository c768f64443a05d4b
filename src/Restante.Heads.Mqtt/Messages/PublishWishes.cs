using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Restante.Heads.Mqtt.Topics;
using Restante.Mqtt.Packets;

namespace Restante.Heads.Mqtt.Messages;

/// <summary>
/// What a publish asks for besides its content, in user properties (5.0) or the bag of the topic (3.1.1): <c>final</c>, <c>number</c>,
/// <c>until</c> (milliseconds since the Unix epoch), <c>only-if-handled</c> and <c>if-version</c>. A flag without a value is set.
/// </summary>
internal struct PublishWishes
{
    /// <summary>No report follows this one.</summary>
    public bool IsFinal { get; private set; }

    /// <summary>The place of a report; 0 for the next.</summary>
    public int Number { get; private set; }

    /// <summary>Until when answers are of use; null when it does not say.</summary>
    public long? UntilMs { get; private set; }

    /// <summary>It is to be refused when nobody handles the subject.</summary>
    public bool OnlyIfHandled { get; private set; }

    /// <summary>The version of the reported state that the device has seen; null for whatever it is.</summary>
    public long? IfVersion { get; private set; }

    /// <summary>Reads them; false with the reason when one of them has a value that is none.</summary>
    public static bool TryRead(
        in PublishPacket packet, ReadOnlySpan<byte> bag, out PublishWishes wishes, [NotNullWhen(false)] out string? problem)
    {
        wishes = default;
        problem = null;
        if (!packet.Properties.IsEmpty)
        {
            foreach (UserPropertyView property in packet.UserProperties)
            {
                wishes.Take(property.Name, property.Value, ref problem);
            }
        }

        if (bag.IsEmpty || problem is not null)
            return problem is null;
        byte[] scratch = ArrayPool<byte>.Shared.Rent(bag.Length);
        var reader = new PropertyBag(bag, scratch);
        while (problem is null && reader.Read())
            wishes.Take(reader.Name, reader.Value, ref problem);
        ArrayPool<byte>.Shared.Return(scratch);
        return problem is null;
    }

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref string? problem)
    {
        if (Ascii.Equals(name, "final"u8))
            IsFinal = Flag("final", value, ref problem);
        else if (Ascii.Equals(name, "only-if-handled"u8))
            OnlyIfHandled = Flag("only-if-handled", value, ref problem);
        else if (Ascii.Equals(name, "number"u8))
            Number = (int)Whole("number", value, 1, int.MaxValue, ref problem);
        else if (Ascii.Equals(name, "until"u8))
            UntilMs = Whole("until", value, 0, long.MaxValue, ref problem);
        else if (Ascii.Equals(name, "if-version"u8))
            IfVersion = Whole("if-version", value, 0, long.MaxValue, ref problem);
    }

    private static bool Flag(string name, ReadOnlySpan<byte> value, ref string? problem)
    {
        bool isSet = value.IsEmpty || Ascii.Equals(value, "true"u8);
        if (!isSet && !Ascii.Equals(value, "false"u8))
            problem = $"The property '{name}' is true or false.";
        return isSet;
    }

    private static long Whole(string name, ReadOnlySpan<byte> value, long least, long most, ref string? problem)
    {
        if (Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length && number >= least && number <= most)
            return number;
        problem = $"The property '{name}' is a whole number from {least} to {most}.";
        return 0;
    }
}
