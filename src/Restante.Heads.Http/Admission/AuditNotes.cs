using Microsoft.AspNetCore.Http;

namespace Restante.Heads.Http.Admission;

/// <summary>What a handler adds to the audit entry of its act.</summary>
internal static class AuditNotes
{
    private static readonly object s_detail = new();

    /// <summary>More about the act in a few words. Never a secret or a payload.</summary>
    public static void Detail(HttpContext context, string text) => context.Items[s_detail] = text;

    /// <summary>What was said about the act; null for nothing.</summary>
    public static string? DetailOf(HttpContext context) => (string?)context.Items[s_detail];
}
