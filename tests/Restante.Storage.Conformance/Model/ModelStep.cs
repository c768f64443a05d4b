using Restante.Core.Mailboxes;

namespace Restante.Storage.Conformance.Model;

/// <summary>
/// One step of a random run. Numbers name things by their order of appearance, modulo how many there are, so that a run from which steps
/// have been removed still makes sense.
/// </summary>
internal readonly record struct ModelStep(StepKind Kind, int A = 0, int B = 0, int C = 0)
{
    private const int Devices = 4;

    /// <summary>A random run.</summary>
    public static List<ModelStep> Generate(int seed, int length, bool restarts)
    {
        var random = new Random(seed);
        var steps = new List<ModelStep>(length);
        for (int i = 0; i < length; i++)
        {
            StepKind kind = Pick(random.Next(100));
            if (kind != StepKind.Restart || restarts)
                steps.Add(new ModelStep(kind, random.Next(Devices), random.Next(1_000), random.Next(1_000)));
        }

        return steps;
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        StepKind.Settle => $"{Kind} {(SettleVerb)(C % 4)} device {A} lease {B}",
        _ => $"{Kind} device {A}, {B}, {C}",
    };

    private static StepKind Pick(int percent) => percent switch
    {
        < 7 => StepKind.CreateDevice,
        < 32 => StepKind.Enqueue,
        < 40 => StepKind.OpenSession,
        < 42 => StepKind.CloseSession,
        < 57 => StepKind.Lease,
        < 74 => StepKind.Settle,
        < 76 => StepKind.Return,
        < 79 => StepKind.Cancel,
        < 87 => StepKind.AdvanceTime,
        < 91 => StepKind.Sweep,
        < 92 => StepKind.Resend,
        < 93 => StepKind.TakeOffShelf,
        < 94 => StepKind.Purge,
        < 96 => StepKind.RemoveDevice,
        < 97 => StepKind.UpdateDevice,
        _ => StepKind.Restart,
    };
}

/// <summary>What a step does.</summary>
internal enum StepKind
{
    /// <summary>Creates device A.</summary>
    CreateDevice,

    /// <summary>Sends B % 3 + 1 messages to device A, with a size, a time to live and terms out of C.</summary>
    Enqueue,

    /// <summary>Opens a session of device A.</summary>
    OpenSession,

    /// <summary>Closes the session of device A, or an old one.</summary>
    CloseSession,

    /// <summary>Leases up to B % 4 + 1 messages of device A, sometimes only some kinds or not the first.</summary>
    Lease,

    /// <summary>Settles lease B of device A with verb C.</summary>
    Settle,

    /// <summary>Returns lease B of device A, and the one before it.</summary>
    Return,

    /// <summary>Cancels message B.</summary>
    Cancel,

    /// <summary>Sends the shelved message B of device A again.</summary>
    Resend,

    /// <summary>Deletes the shelved message B of device A, or sometimes all of them.</summary>
    TakeOffShelf,

    /// <summary>Lets B milliseconds pass.</summary>
    AdvanceTime,

    /// <summary>Sweeps in steps of B.</summary>
    Sweep,

    /// <summary>Empties the mailbox of device A.</summary>
    Purge,

    /// <summary>Removes device A.</summary>
    RemoveDevice,

    /// <summary>Disables or enables device A.</summary>
    UpdateDevice,

    /// <summary>Closes the store and opens it again.</summary>
    Restart,
}
