using Restante.Core.Issuing;

namespace Restante.Core.Storage;

/// <summary>
/// A question of a device that the gateway itself has answered, with the answer. Only the answer is kept, not the question.
/// </summary>
public sealed record AnsweredInquiry
{
    /// <summary>The question; its content is not looked at.</summary>
    public required NewInquiry Inquiry { get; init; }

    /// <summary>The answer before <see cref="Inquiries.AnswerContent"/> adds to it.</summary>
    public required ReadOnlyMemory<byte> Answer { get; init; }

    /// <summary>When the answer expires in the mailbox, in milliseconds since the Unix epoch.</summary>
    public required long AnswerExpiresAtMs { get; init; }

    /// <summary>Who answers; no policy can have that name.</summary>
    public required string Handler { get; init; }

    /// <summary>The record of the certificate that the answer holds; null for none.</summary>
    public IssuedCertificate? Issued { get; init; }

    /// <summary>How many certificates of the device may be valid at a time, with this one; looked at with one only.</summary>
    public int MaxLive { get; init; }
}
