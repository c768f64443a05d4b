namespace Restante.Core.Storage;

/// <summary>What is allowed of inquiries.</summary>
public sealed record InquiryRules
{
    /// <summary>Open inquiries of one device.</summary>
    public required int MaxOpenPerDevice { get; init; }

    /// <summary>Inquiries that wait for a handler of one subject.</summary>
    public required int MaxWaitingPerSubject { get; init; }

    /// <summary>Answers to one inquiry.</summary>
    public required int MaxAnswers { get; init; }

    /// <summary>How often an inquiry is handed out before it ends as <c>undeliverable</c>.</summary>
    public required int MaxDeliveries { get; init; }

    /// <summary>How long an ended inquiry is kept, in milliseconds.</summary>
    public required long RetentionMs { get; init; }

    /// <summary>Ended inquiries of one device that are kept; the oldest goes when it asks anew.</summary>
    public required int MaxEndedPerDevice { get; init; }

    /// <summary>Subjects whose feeds of ended inquiries keep their numbers while nothing of them is kept.</summary>
    public required int MaxEndedSubjects { get; init; }

    /// <summary>Cursors of readers of ended inquiries.</summary>
    public required int MaxEndedReaders { get; init; }

    /// <summary>How long an answer lives in the mailbox, in milliseconds.</summary>
    public required long AnswerLifeMs { get; init; }
}
