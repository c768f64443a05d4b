namespace Restante.Storage.Conformance.Model;

/// <summary>One step of a random run about states, groups and jobs; what its numbers name is taken modulo how many there are.</summary>
internal readonly record struct WorkStep(WorkStepKind Kind, int A, int B, int C)
{
    /// <summary>A random run.</summary>
    public static List<WorkStep> Generate(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ =>
            new WorkStep(Pick(random.Next(100)), random.Next(3), random.Next(1_000), random.Next(1_000)))];
    }

    private static WorkStepKind Pick(int percent) => percent switch
    {
        < 6 => WorkStepKind.CreateDevice,
        < 22 => WorkStepKind.WriteState,
        < 34 => WorkStepKind.WriteCheckpoints,
        < 36 => WorkStepKind.RemoveGroup,
        < 42 => WorkStepKind.CreateJob,
        < 50 => WorkStepKind.MoveJob,
        < 60 => WorkStepKind.AdvanceJob,
        < 72 => WorkStepKind.SendForJob,
        < 80 => WorkStepKind.Receive,
        < 88 => WorkStepKind.TallyJob,
        < 91 => WorkStepKind.Purge,
        < 95 => WorkStepKind.PassTime,
        < 97 => WorkStepKind.RemoveDevice,
        _ => WorkStepKind.Restart,
    };
}

/// <summary>What a step does.</summary>
internal enum WorkStepKind
{
    /// <summary>Creates device A.</summary>
    CreateDevice,

    /// <summary>Writes a part of the state of device A, now and then if it has a version.</summary>
    WriteState,

    /// <summary>Writes checkpoints of group A, and now and then of another too.</summary>
    WriteCheckpoints,

    /// <summary>Removes group A.</summary>
    RemoveGroup,

    /// <summary>Creates a job.</summary>
    CreateJob,

    /// <summary>Moves job B to state C.</summary>
    MoveJob,

    /// <summary>Moves the cursor of job B.</summary>
    AdvanceJob,

    /// <summary>Sends a command of job B to device A.</summary>
    SendForJob,

    /// <summary>Device A receives and settles.</summary>
    Receive,

    /// <summary>Counts the outcomes of job B.</summary>
    TallyJob,

    /// <summary>Purges the mailbox of device A.</summary>
    Purge,

    /// <summary>Lets time pass, and sweeps.</summary>
    PassTime,

    /// <summary>Removes device A.</summary>
    RemoveDevice,

    /// <summary>Closes the store and opens it again.</summary>
    Restart,
}
