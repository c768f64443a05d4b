namespace Restante.Core.Access;

/// <summary>When a token counts.</summary>
internal static class TokenRules
{
    /// <summary>
    /// When what rests on a token ends, in milliseconds since the Unix epoch; <see cref="long.MaxValue"/> without a token.
    /// </summary>
    public static long EndOf(SharedAccessSignature? token, AccessOptions options) =>
        token is null ? long.MaxValue : (token.ExpiresAtSeconds * 1_000) + options.ClockSkewMs;

    /// <summary>True when a token lives longer than is allowed. It does not say when it was made, so what it has left counts.</summary>
    public static bool IsTooLong(SharedAccessSignature? token, AccessOptions options, long nowMs) =>
        token is not null && options.MaxTokenLifetimeMs > 0
            && (token.ExpiresAtSeconds * 1_000) - nowMs > options.MaxTokenLifetimeMs + options.ClockSkewMs;
}
