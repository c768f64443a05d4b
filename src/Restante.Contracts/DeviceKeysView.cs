namespace Restante.Contracts;

/// <summary>The keys of a device.</summary>
public sealed record DeviceKeysView
{
    /// <summary>The device.</summary>
    public required string Id { get; init; }

    /// <summary>The keys.</summary>
    public required DeviceKeys Keys { get; init; }

    /// <summary>The device's version.</summary>
    public required long Version { get; init; }
}
