using System.Buffers;

namespace Restante.Core.Access;

/// <summary>How policies may be named.</summary>
public static class PolicyNames
{
    /// <summary>The policy that is made on the first start, for the administrator.</summary>
    public const string Administrator = "admin";

    /// <summary>The rule in words, for refusals.</summary>
    public const string Rule = "a policy name has 1 to 64 characters out of A-Z a-z 0-9 . _ -";

    /// <summary>The same rule for certificate authorities.</summary>
    public const string RuleForAuthorities = "the name of an authority has 1 to 64 characters out of A-Z a-z 0-9 . _ -";

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>True when the text is a policy name.</summary>
    public static bool IsValid(string? name) => name is { Length: > 0 and <= 64 } && !name.AsSpan().ContainsAnyExcept(s_allowed);
}
