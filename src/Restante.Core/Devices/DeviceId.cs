using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Restante.Core.Devices;

/// <summary>
/// The name of a device: 1 to 128 characters out of ASCII letters, digits and <c>. _ : @ = ~ -</c>. It is case-sensitive,
/// and never holds a character that an AMQP address, an MQTT topic or a URL path would read as its own. <c>import</c> and <c>export</c>
/// name no device: what stands at their paths concerns many.
/// </summary>
public readonly record struct DeviceId : IComparable<DeviceId>
{
    /// <summary>The longest device id, in characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The rule in words, for refusals.</summary>
    public const string Rule = "a device id has 1 to 128 characters out of A-Z a-z 0-9 . _ : @ = ~ - and is not import or export";

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@=~-");

    private readonly string? _value;

    private DeviceId(string value) => _value = value;

    /// <summary>The id as text; empty only for the default value.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>True when <paramref name="text"/> is a device id.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(s_allowed) && text is not ("." or ".." or "import" or "export");

    /// <summary>Reads a device id; false when the text breaks <see cref="Rule"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeviceId id)
    {
        bool valid = text is not null && IsValid(text);
        id = valid ? new DeviceId(text!) : default;
        return valid;
    }

    /// <summary>Reads a device id that is known to be valid.</summary>
    /// <exception cref="FormatException">The text breaks <see cref="Rule"/>.</exception>
    public static DeviceId Parse(string text) => TryParse(text, out DeviceId id) ? id : throw new FormatException(Rule);

    /// <inheritdoc/>
    public int CompareTo(DeviceId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
