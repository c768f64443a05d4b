namespace Restante.Contracts;

/// <summary>How far a job has come, in devices.</summary>
public sealed record JobProgress
{
    /// <summary>To how many the command was sent.</summary>
    public required long Sent { get; init; }

    /// <summary>For how many it was refused.</summary>
    public required long Refused { get; init; }

    /// <summary>How many have accepted it.</summary>
    public required long Accepted { get; init; }

    /// <summary>How many have rejected it.</summary>
    public required long Rejected { get; init; }

    /// <summary>For how many it has expired.</summary>
    public required long Expired { get; init; }

    /// <summary>For how many it could not be delivered.</summary>
    public required long Undeliverable { get; init; }

    /// <summary>For how many it was taken back or replaced.</summary>
    public required long Cancelled { get; init; }

    /// <summary>How many were removed first.</summary>
    public required long DeviceRemoved { get; init; }

    /// <summary>How many have not ended.</summary>
    public required long Open { get; init; }
}
