using System.Buffers;

namespace Restante.Core.Devices;

/// <summary>How groups of devices may be named.</summary>
public static class GroupNames
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>The rule in words, for refusals.</summary>
    public const string Rule = "a group's name has 1 to 64 characters out of A-Z a-z 0-9 . _ : @ = ~ -";

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@=~-");

    /// <summary>True when the text names a group.</summary>
    public static bool IsValid(string? name) => name is { Length: > 0 and <= MaxLength } && !name.AsSpan().ContainsAnyExcept(s_allowed);
}
