using Microsoft.AspNetCore.Http;

namespace Restante.Heads.Http.Admission;

/// <summary>What a handler adds to the audit entry of its act.</summary>
internal static class AuditNotes
{
    private static readonly object s_detail = new();
    private static readonly object s_ownMail = new();

    /// <summary>More about the act in a few words. Never a secret or a payload.</summary>
    public static void Detail(HttpContext context, string text) => context.Items[s_detail] = text;

    /// <summary>What was said about the act; null for nothing.</summary>
    public static string? DetailOf(HttpContext context) => (string?)context.Items[s_detail];

    /// <summary>A service takes back what it has sent itself, which is ordinary messaging and no act.</summary>
    /// <param name="context">The request.</param>
    /// <param name="sender">The policy that sent it.</param>
    public static void SentBy(HttpContext context, string sender) =>
        context.Items[s_ownMail] = string.Equals(sender, Caller.Of(context).Name, StringComparison.Ordinal);

    /// <summary>True when the service's own mail was taken back.</summary>
    public static bool IsOwnMail(HttpContext context) => context.Items[s_ownMail] is true;
}
