namespace Restante.Storage.Conformance.Model;

/// <summary>One step of a random run of inquiries; what its numbers name is taken modulo how many there are.</summary>
internal readonly record struct InquiryStep(InquiryStepKind Kind, int A, int B, int C)
{
    /// <summary>A random run.</summary>
    public static List<InquiryStep> Generate(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ =>
            new InquiryStep(Pick(random.Next(100)), random.Next(3), random.Next(1_000), random.Next(1_000)))];
    }

    private static InquiryStepKind Pick(int percent) => percent switch
    {
        < 6 => InquiryStepKind.CreateDevice,
        < 28 => InquiryStepKind.Ask,
        < 44 => InquiryStepKind.Take,
        < 56 => InquiryStepKind.Settle,
        < 70 => InquiryStepKind.Answer,
        < 73 => InquiryStepKind.MoveReader,
        < 74 => InquiryStepKind.ForgetReaders,
        < 79 => InquiryStepKind.Cancel,
        < 87 => InquiryStepKind.AdvanceTime,
        < 93 => InquiryStepKind.Sweep,
        < 96 => InquiryStepKind.EmptyMailbox,
        < 98 => InquiryStepKind.RemoveDevice,
        _ => InquiryStepKind.Restart,
    };
}

/// <summary>What a step does.</summary>
internal enum InquiryStepKind
{
    /// <summary>Creates device A.</summary>
    CreateDevice,

    /// <summary>Device A asks under id B about subject C.</summary>
    Ask,

    /// <summary>Handler A takes of subject B up to C.</summary>
    Take,

    /// <summary>Settles lease B with verb C.</summary>
    Settle,

    /// <summary>Handler A answers inquiry B, numbered, final or neither by C.</summary>
    Answer,

    /// <summary>Device A takes inquiry B back.</summary>
    Cancel,

    /// <summary>The reader of handler A of the ends of subject B has come to C.</summary>
    MoveReader,

    /// <summary>Forgets the readers of handler A.</summary>
    ForgetReaders,

    /// <summary>Lets B milliseconds pass.</summary>
    AdvanceTime,

    /// <summary>Sweeps in steps of B.</summary>
    Sweep,

    /// <summary>Makes room in the mailbox of device A.</summary>
    EmptyMailbox,

    /// <summary>Removes device A.</summary>
    RemoveDevice,

    /// <summary>Closes the store and opens it again.</summary>
    Restart,
}
