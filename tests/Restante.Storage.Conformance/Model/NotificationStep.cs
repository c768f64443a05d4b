namespace Restante.Storage.Conformance.Model;

/// <summary>One call of a random run of notifications.</summary>
/// <param name="Kind">Which call.</param>
/// <param name="A">Mostly which device.</param>
/// <param name="B">Mostly which notification or lease.</param>
internal sealed record NotificationStep(NotificationStepKind Kind, int A, int B)
{
    private static readonly (NotificationStepKind Kind, int Weight)[] s_weights =
    [
        (NotificationStepKind.CreateDevice, 4), (NotificationStepKind.RemoveDevice, 1), (NotificationStepKind.Publish, 8),
        (NotificationStepKind.Recall, 3), (NotificationStepKind.Offer, 16), (NotificationStepKind.Withdraw, 4),
        (NotificationStepKind.Open, 8), (NotificationStepKind.Close, 3), (NotificationStepKind.Lease, 16),
        (NotificationStepKind.Settle, 20), (NotificationStepKind.Return, 3), (NotificationStepKind.Enqueue, 8),
        (NotificationStepKind.Purge, 1), (NotificationStepKind.Resend, 3), (NotificationStepKind.Sweep, 6), (NotificationStepKind.Wait, 6),
        (NotificationStepKind.Restart, 1),
    ];

    public static List<NotificationStep> Generate(int seed, int count)
    {
        var random = new Random(seed);
        int all = s_weights.Sum(w => w.Weight);
        var steps = new List<NotificationStep>(count);
        for (int i = 0; i < count; i++)
        {
            int at = random.Next(all);
            NotificationStepKind kind = s_weights.First(w => (at -= w.Weight) < 0).Kind;
            steps.Add(new NotificationStep(kind, random.Next(3), random.Next(1_000)));
        }

        return steps;
    }
}

/// <summary>The calls of a random run of notifications.</summary>
internal enum NotificationStepKind
{
    /// <summary>Creates a device.</summary>
    CreateDevice,

    /// <summary>Removes a device.</summary>
    RemoveDevice,

    /// <summary>Publishes, now and then the same again.</summary>
    Publish,

    /// <summary>Recalls one.</summary>
    Recall,

    /// <summary>Offers some to a device, now and then for a session that has ended.</summary>
    Offer,

    /// <summary>Withdraws one from a device.</summary>
    Withdraw,

    /// <summary>Opens a session, also over another one.</summary>
    Open,

    /// <summary>Closes a session.</summary>
    Close,

    /// <summary>Leases.</summary>
    Lease,

    /// <summary>Settles a lease, also one that is not valid any more.</summary>
    Settle,

    /// <summary>Returns a lease.</summary>
    Return,

    /// <summary>Sends a command.</summary>
    Enqueue,

    /// <summary>Purges a mailbox.</summary>
    Purge,

    /// <summary>Sends what is on a shelf again, or deletes it there.</summary>
    Resend,

    /// <summary>Sweeps mailboxes and notifications.</summary>
    Sweep,

    /// <summary>Lets time pass.</summary>
    Wait,

    /// <summary>Closes the store and opens it again.</summary>
    Restart,
}
