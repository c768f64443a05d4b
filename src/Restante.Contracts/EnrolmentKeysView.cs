namespace Restante.Contracts;

/// <summary>The keys of an enrolment group.</summary>
public sealed record EnrolmentKeysView
{
    /// <summary>The group.</summary>
    public required string Name { get; init; }

    /// <summary>The keys.</summary>
    public required DeviceKeys Keys { get; init; }

    /// <summary>The group's version.</summary>
    public required long Version { get; init; }
}
