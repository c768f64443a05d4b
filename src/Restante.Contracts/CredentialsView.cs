namespace Restante.Contracts;

/// <summary>What the two slots of a device or policy hold. Both are live at once, so that one can be changed without a gap.</summary>
public sealed record CredentialsView
{
    /// <summary>The device, or the policy's name.</summary>
    public required string Id { get; init; }

    /// <summary>The first.</summary>
    public required DeviceCredential Primary { get; init; }

    /// <summary>The second.</summary>
    public required DeviceCredential Secondary { get; init; }

    /// <summary>The device's version; absent for a policy.</summary>
    public long? Version { get; init; }
}
