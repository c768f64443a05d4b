using System.Text;

namespace Restante.Amqp.Types;

/// <summary>Shares one string for each symbol that occurs on many connections.</summary>
internal static class KnownSymbols
{
    private const int LongestKnown = 64;

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "PLAIN", "EXTERNAL", "ANONYMOUS", "MSSBCBS", "amqp:accepted:list", "amqp:rejected:list", "amqp:released:list", "amqp:modified:list",
        "amqp:received:list", "link-detach", "session-end", "connection-close", "never", "move", "copy", "queue", "topic",
        "product", "version", "platform", "information", "ANONYMOUS-RELAY", "DELAYED_DELIVERY", "SHARED-SUBS", "selector",
        "apache.org:selector-filter:string", "amqp:internal-error", "amqp:not-found", "amqp:unauthorized-access", "amqp:decode-error",
        "amqp:resource-limit-exceeded", "amqp:not-allowed", "amqp:invalid-field", "amqp:not-implemented", "amqp:resource-locked",
        "amqp:precondition-failed", "amqp:resource-deleted", "amqp:illegal-state", "amqp:connection:forced",
        "amqp:connection:framing-error", "amqp:session:window-violation", "amqp:session:errant-link", "amqp:session:handle-in-use",
        "amqp:session:unattached-handle", "amqp:link:detach-forced", "amqp:link:transfer-limit-exceeded",
        "amqp:link:message-size-exceeded", "amqp:link:stolen", "application/json", "application/octet-stream", "text/plain", "utf-8",
    };

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Lookup = Known.GetAlternateLookup<ReadOnlySpan<char>>();

    internal static Symbol Intern(ReadOnlySpan<byte> ascii)
    {
        if (ascii.Length <= LongestKnown)
        {
            Span<char> chars = stackalloc char[LongestKnown];
            int length = Encoding.ASCII.GetChars(ascii, chars);
            if (Lookup.TryGetValue(chars[..length], out string? known))
                return new Symbol(known);
        }

        return new Symbol(Encoding.ASCII.GetString(ascii));
    }
}
