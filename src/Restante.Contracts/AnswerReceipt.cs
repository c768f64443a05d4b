namespace Restante.Contracts;

/// <summary>The receipt for an answer: it is durably in the mailbox of the device.</summary>
public sealed record AnswerReceipt
{
    /// <summary>The inquiry.</summary>
    public required string Inquiry { get; init; }

    /// <summary>Its place among the answers.</summary>
    public required int Number { get; init; }

    /// <summary>True when it was there already and nothing was changed.</summary>
    public required bool IsDuplicate { get; init; }
}
