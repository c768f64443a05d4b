using System.Text;
using Restante.Amqp.Messaging;
using Restante.Amqp.Types;
using Restante.Core.Refusals;

namespace Restante.Heads.Amqp.Requests;

/// <summary>A request: its operation and parameters are application properties, the rest is its body.</summary>
internal sealed class Request(AmqpMessage message)
{
    /// <summary>The body: a value, or null for a body of data.</summary>
    public object? Value => message.Value;

    /// <summary>True when its body is one that <see cref="Utf8"/> reads: none, data, binary, text or a map.</summary>
    public bool MayBeJson => message.Value is null or byte[] or string or AmqpMap && message.Sequences.Count == 0;

    /// <summary>The body as JSON in UTF-8: data or a binary value as it is, a text value, or what a map says.</summary>
    public ReadOnlyMemory<byte> Utf8 => message.Value switch
    {
        byte[] bytes => bytes,
        string text => Encoding.UTF8.GetBytes(text),
        AmqpMap map => Encoding.UTF8.GetBytes(JsonMaps.Write(map)),
        _ => message.Data,
    };

    /// <summary>A parameter as text; null when it is not there.</summary>
    public string? Text(string name) => Parameter(name) switch
    {
        null => null,
        object value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>A parameter that is a whole number, or a text that says one; null when it is not there. Refusals: malformed.</summary>
    public Result<long?> Number(string name)
    {
        object? value = Parameter(name);
        if (value is null)
            return Result.Success<long?>(null);
        return long.TryParse(Text(name), System.Globalization.CultureInfo.InvariantCulture, out long number)
            ? Result.Success<long?>(number)
            : new Refusal(RefusalKind.Malformed, $"The property '{name}' must be a whole number.");
    }

    private object? Parameter(string name) =>
        message.ApplicationProperties is { } properties && properties.TryGetNamed(name, out object? value) ? value : null;
}
