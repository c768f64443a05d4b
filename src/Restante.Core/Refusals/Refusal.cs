using Restante.Core.Access;

namespace Restante.Core.Refusals;

/// <summary>A domain refusal: what kind, and a sentence that names what, which and the limit. It never holds secrets or payloads.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Message">The sentence.</param>
public sealed record Refusal(RefusalKind Kind, string Message)
{
    /// <summary>In how many milliseconds it may be tried again; null when that is not known.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>The right that a policy lacks, by its name, if that is all that stands in the way; null else.</summary>
    public string? MissingRight { get; init; }

    /// <summary>The one answer to every failed authentication, whatever the cause.</summary>
    public static Refusal NotAuthenticated { get; } = new(RefusalKind.Unauthorized, "The credentials were not accepted.");

    /// <summary>The store takes no work now.</summary>
    public static Refusal StoreUnavailable { get; } =
        new(RefusalKind.Unavailable, "The gateway cannot store anything now; nothing was changed. Try again later.");

    /// <summary>A policy lacks a right.</summary>
    public static Refusal RightMissing(string policy, Rights right)
    {
        string name = string.Join(", ", RightNames.Of(right));
        return new(RefusalKind.Forbidden, $"The policy '{policy}' lacks the right '{name}'.") { MissingRight = name };
    }

    /// <summary>There is no device of that id.</summary>
    public static Refusal DeviceNotFound(string id) => new(RefusalKind.NotFound, $"There is no device '{id}'.");
}
