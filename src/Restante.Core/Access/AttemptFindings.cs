namespace Restante.Core.Access;

/// <summary>What was found out about an attempt that failed, for the audit log. The peer is told nothing of it.</summary>
internal sealed class AttemptFindings
{
    private long? _began;

    /// <summary>Whether who was named is a device or a policy; null when nobody who exists was named.</summary>
    public bool? IsDevice { get; private set; }

    /// <summary>The name of it. Never one of nobody: people type keys where names belong.</summary>
    public string? Name { get; private set; }

    /// <summary>Why it failed, in one of few fixed sentences.</summary>
    public string? Cause { get; private set; }

    /// <summary>When the attempt began, or the first of those that follow each other, as a timestamp of the clock.</summary>
    /// <param name="time">The clock; the same in each call.</param>
    public long Begin(TimeProvider time) => _began ??= time.GetTimestamp();

    /// <summary>
    /// A device or a policy was named, and the credential did not do. What is known of a device stays when a policy was named too.
    /// </summary>
    public void Found(bool isDevice, string name, string cause)
    {
        if (Name is not null && !isDevice)
            return;
        IsDevice = isDevice;
        Name = name;
        Cause = cause;
    }
}
