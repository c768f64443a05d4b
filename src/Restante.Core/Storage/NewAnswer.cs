using Restante.Core.Inquiries;

namespace Restante.Core.Storage;

/// <summary>An answer of a handler.</summary>
public sealed record NewAnswer
{
    /// <summary>To what.</summary>
    public required InquiryNumber Inquiry { get; init; }

    /// <summary>The policy that answers.</summary>
    public required string Handler { get; init; }

    /// <summary>Its place among the answers, from 1; 0 for the next one.</summary>
    public int Number { get; init; }

    /// <summary>True when no other follows.</summary>
    public required bool IsFinal { get; init; }

    /// <summary>
    /// The handler's message; what <see cref="AnswerContent"/> makes of it goes into the mailbox. The store copies it before the call
    /// returns.
    /// </summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}
