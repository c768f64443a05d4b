using Restante.Core.Mailboxes;
using Restante.Core.Messages;

namespace Restante.Heads.Http.Sessions;

/// <summary>The answers to one inquiry.</summary>
/// <param name="inquiry">The device's id of it.</param>
internal sealed class AnswerFilter(string inquiry) : IMessageFilter
{
    /// <summary>The inquiry that an answer is to; null when it does not say.</summary>
    public static string? InquiryOf(ReadOnlySpan<byte> content)
    {
        var reader = new ContentReader(content);
        while (reader.Read())
        {
            if (reader.Field == ContentField.CorrelationId)
                return reader.Value.AsText();
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Matches(MessageKind kind, ReadOnlySpan<byte> content) => kind == MessageKind.Answer && InquiryOf(content) == inquiry;
}
