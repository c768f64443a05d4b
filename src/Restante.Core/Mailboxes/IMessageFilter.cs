using Restante.Core.Messages;

namespace Restante.Core.Mailboxes;

/// <summary>A receiver's choice among the messages of its mailbox.</summary>
public interface IMessageFilter
{
    /// <summary>True when the receiver wants the message. Called from any thread; it neither blocks nor throws.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="content">The message, see <see cref="MessageContent"/>.</param>
    bool Matches(MessageKind kind, ReadOnlySpan<byte> content);
}
