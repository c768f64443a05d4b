using System.Collections.Frozen;
using Restante.Core.Mailboxes;
using Restante.Core.Messages;
using Restante.Core.Selection;

namespace Restante.Heads.Http.Sessions;

/// <summary>What a poll or stream takes of the mail: what its selector wants, but for answers that others wait for.</summary>
/// <param name="selector">The text of the selector, which has been checked; null for everything.</param>
/// <param name="claimed">The inquiries whose answers are left alone.</param>
internal sealed class MessageSelection(string? selector, IEnumerable<string> claimed) : IMessageFilter
{
    private readonly FrozenSet<string> _claimed = claimed.ToFrozenSet(StringComparer.Ordinal);
    private readonly MessageSelector? _selector = selector is null ? null : MessageSelector.Parse(selector).Value;

    /// <summary>The text of the selector.</summary>
    public string? Selector { get; } = selector;

    /// <inheritdoc/>
    public bool Matches(MessageKind kind, ReadOnlySpan<byte> content)
    {
        if (kind == MessageKind.Answer && _claimed.Count > 0 && AnswerFilter.InquiryOf(content) is string inquiry && _claimed.Contains(
            inquiry))
            return false;
        return _selector?.Matches(kind, content) != false;
    }
}
