using System.Globalization;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;

namespace Restante.Heads.Amqp.Messages;

/// <summary>
/// What a sender wishes of the gateway beside the message: the message annotation <c>x-opt-restante-{name}</c>, or, for clients that cannot
/// set annotations, the application property <c>{name}</c>. The annotation counts where both are there.
/// </summary>
internal readonly ref struct MessageWishes
{
    private readonly MapReader _annotations;
    private readonly MapReader _properties;

    public MessageWishes(in MessageReader message)
    {
        _annotations = message.MessageAnnotations;
        _properties = message.ApplicationProperties;
    }

    private static ReadOnlySpan<byte> Prefix => "x-opt-restante-"u8;

    /// <summary>A text; null when it is not there.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public string? Text(ReadOnlySpan<byte> name)
    {
        if (!TryGet(name, out AmqpReader value))
            return null;
        return value.ReadValue() switch
        {
            string text => text,
            Symbol symbol => symbol.Value,
            _ => throw Wrong(name, "text"),
        };
    }

    /// <summary>A boolean, or a text that says one; null when it is not there.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public bool? Flag(ReadOnlySpan<byte> name)
    {
        if (!TryGet(name, out AmqpReader value))
            return null;
        return value.ReadValue() switch
        {
            bool flag => flag,
            "true" => true,
            "false" => false,
            _ => throw Wrong(name, "true or false"),
        };
    }

    /// <summary>A whole number, or a text that says one; null when it is not there.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public int? Number(ReadOnlySpan<byte> name)
    {
        if (!TryGet(name, out AmqpReader value))
            return null;
        return Whole(value.ReadValue()) is long number and >= int.MinValue and <= int.MaxValue
            ? (int)number
            : throw Wrong(name, "a whole number");
    }

    /// <summary>
    /// An instant in milliseconds since the Unix epoch: a timestamp, a whole number, or a text with that number or in ISO 8601; null when
    /// it is not there.
    /// </summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public long? Time(ReadOnlySpan<byte> name)
    {
        if (!TryGet(name, out AmqpReader value))
            return null;
        object? read = value.ReadValue();
        if (read is AmqpTimestamp at)
            return at.UnixMilliseconds;
        if (Whole(read) is long number)
            return number;
        bool isTime = DateTimeOffset.TryParse(
            read as string, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time);
        return isTime ? time.ToUnixTimeMilliseconds() : throw Wrong(name, "a timestamp");
    }

    private static long? Whole(object? value) => value switch
    {
        byte or sbyte or ushort or short or uint or int or long => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        ulong number and <= long.MaxValue => (long)number,
        // Languages with one kind of number send floating-point ones.
        double number when Math.Floor(number) == number && Math.Abs(number) < 1L << 53 => (long)number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        _ => null,
    };

    private static FormatException Wrong(ReadOnlySpan<byte> name, string expected) =>
        new($"The annotation or property '{System.Text.Encoding.UTF8.GetString(name)}' must be {expected}.");

    private bool TryGet(ReadOnlySpan<byte> name, out AmqpReader value)
    {
        MapReader annotations = _annotations;
        while (annotations.Next())
        {
            ReadOnlySpan<byte> key = annotations.KeyText;
            if (key.StartsWith(Prefix) && key[Prefix.Length..].SequenceEqual(name) && annotations.RawValue[0] != (byte)FormatCode.Null)
            {
                value = annotations.Value;
                return true;
            }
        }

        return _properties.TryGet(name, out value);
    }
}
