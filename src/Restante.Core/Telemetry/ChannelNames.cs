using System.Buffers;

namespace Restante.Core.Telemetry;

/// <summary>How telemetry channels and consumer groups may be named.</summary>
public static class ChannelNames
{
    /// <summary>The channel on which the gateway stores the will of an MQTT device.</summary>
    public const string Will = "will";

    /// <summary>The consumer group that is meant when none is named.</summary>
    public const string DefaultGroup = "$default";

    /// <summary>The rule in words, for refusals.</summary>
    public const string Rule = "a channel has 1 to 64 characters out of A-Z a-z 0-9 . _ -";

    /// <summary>The rule of consumer groups in words, for refusals.</summary>
    public const string GroupRule = "a consumer group has 1 to 64 characters out of A-Z a-z 0-9 . _ -, or is " + DefaultGroup;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>True when the text names a channel.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => name.Length is > 0 and <= 64 && !name.ContainsAnyExcept(s_allowed);

    /// <summary>True when the text names a consumer group.</summary>
    public static bool IsValidGroup(ReadOnlySpan<char> name) => name.SequenceEqual(DefaultGroup) || IsValid(name);
}
